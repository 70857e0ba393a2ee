/** Who is compared: the floor, what a team would use instead, and Keycoord; all behind one interface. */
@NullMarked
package io.keycoord.benchmarks.contender;

import org.jspecify.annotations.NullMarked;
