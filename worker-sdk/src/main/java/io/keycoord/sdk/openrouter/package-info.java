/**
 * A client of OpenRouter's chat completions over leased keys: {@link io.keycoord.sdk.openrouter.OpenRouterClient}. What it
 * sends and gets is JSON that may hold more than this package knows; leases, retries and settlements are those of {@link
 * io.keycoord.sdk.okhttp}.
 */
@NullMarked
package io.keycoord.sdk.openrouter;

import org.jspecify.annotations.NullMarked;
