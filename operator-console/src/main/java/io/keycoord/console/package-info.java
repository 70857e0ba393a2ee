/** The {@code keycoord} command line. */
@NullMarked
package io.keycoord.console;

import org.jspecify.annotations.NullMarked;
