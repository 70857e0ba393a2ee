/** The entry point, which knows all commands. */
@NullMarked
package io.keycoord.console.cli;

import org.jspecify.annotations.NullMarked;
