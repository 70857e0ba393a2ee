/**
 * The files of a batch: the input and its index, the output, and the state beside it. Knows nothing of workers, Redis
 * or HTTP.
 */
@NullMarked
package io.keycoord.console.batch.file;

import org.jspecify.annotations.NullMarked;
