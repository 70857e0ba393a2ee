/** {@code keycoord batch}: one parent process coordinates worker JVMs and alone writes the output. */
@NullMarked
package io.keycoord.console.batch;

import org.jspecify.annotations.NullMarked;
