/**
 * A provider of chat completions that exists only on this machine: it enforces limits, answers like OpenRouter or
 * OpenAI, breaks on demand and counts everything.
 *
 * <p>Start with {@link io.keycoord.simulator.ProviderSimulator#start}. Nothing here knows how Keycoord limits; that is
 * the point, for then each can be held against the other.
 */
@NullMarked
package io.keycoord.simulator;

import org.jspecify.annotations.NullMarked;
