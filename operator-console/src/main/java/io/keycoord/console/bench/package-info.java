/** The {@code keycoord bench} command: what the engine costs, beside the floor of the same run. */
@NullMarked
package io.keycoord.console.bench;

import org.jspecify.annotations.NullMarked;
