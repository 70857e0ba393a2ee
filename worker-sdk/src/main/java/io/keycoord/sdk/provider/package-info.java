/**
 * How each provider is called and how it says no: one file of rules a provider, as a resource beside these classes, and
 * what reads it.
 */
@NullMarked
package io.keycoord.sdk.provider;

import org.jspecify.annotations.NullMarked;
