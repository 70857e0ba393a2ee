/**
 * Leased calls for LangChain4j, whose models send through an HTTP client that may be handed in. Needs
 * {@code langchain4j-http-client} on the class path, which this SDK does not bring along.
 */
@NullMarked
package io.keycoord.sdk.langchain4j;

import org.jspecify.annotations.NullMarked;
