/** What is done to Redis, to the way there, and to workers, and what callers see of it: with real servers and worker JVMs. */
@NullMarked
package io.keycoord.integration.faults;

import org.jspecify.annotations.NullMarked;
