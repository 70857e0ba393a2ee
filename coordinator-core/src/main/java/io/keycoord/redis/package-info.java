/** The coordinator on Redis: the only package that knows Redis, its keys and its scripts. */
@NullMarked
package io.keycoord.redis;

import org.jspecify.annotations.NullMarked;
