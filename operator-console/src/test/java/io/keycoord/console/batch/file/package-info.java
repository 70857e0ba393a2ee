@NullMarked
package io.keycoord.console.batch.file;

import org.jspecify.annotations.NullMarked;
