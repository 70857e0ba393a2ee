/**
 * A reference model of the scripts in {@code lua/}, random programs that are run on both, and an oracle that judges the
 * scripts by the limits alone.
 */
@NullMarked
package io.keycoord.redis.model;

import org.jspecify.annotations.NullMarked;
