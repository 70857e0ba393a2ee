/**
 * Leased calls for anthropic-java, whose client sends through an HTTP client that may be handed in. Needs
 * {@code anthropic-java-core} on the class path, which this SDK does not bring along.
 */
@NullMarked
package io.keycoord.sdk.anthropic;

import org.jspecify.annotations.NullMarked;
