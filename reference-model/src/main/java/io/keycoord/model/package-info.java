/**
 * A reference model of the scripts in {@code lua/}: what Redis holds the scripts to in random programs, and what stands in
 * for Redis where there is none. It knows nothing but the JDK.
 */
@NullMarked
package io.keycoord.model;

import org.jspecify.annotations.NullMarked;
