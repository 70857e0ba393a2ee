/**
 * Leases the API keys of LLM providers so that every limit holds across all workers that share one Redis.
 *
 * <p>The whole of it: {@link io.keycoord.KeyCoordinator#acquire acquire} a {@link io.keycoord.Lease}, make the call,
 * {@link io.keycoord.Lease#settle settle} it with an {@link io.keycoord.Outcome}. This package knows only the JDK.
 */
@NullMarked
package io.keycoord;

import org.jspecify.annotations.NullMarked;
