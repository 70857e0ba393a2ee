@NullMarked
package io.keycoord.console.batch;

import org.jspecify.annotations.NullMarked;
