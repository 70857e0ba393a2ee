/** For the tests of those who use Keycoord: coordinators in memory or on a Redis that the tests start, and an extension. */
@NullMarked
package io.keycoord.testing;

import org.jspecify.annotations.NullMarked;
