/**
 * A real redis-server as a child process, for the demo, for batches without a Redis of their own, and for tests; alone, as a Sentinel group or as
 * a Cluster.
 *
 * <p>Linux and macOS. The bundled server is Redis 7.0.15, which no longer gets fixes: loopback use only.
 */
@NullMarked
package io.keycoord.embedded;

import org.jspecify.annotations.NullMarked;
