/** Counts the tokens of prompts with jtokkit, for those who have it: an optional dependency. */
@NullMarked
package io.keycoord.sdk.jtokkit;

import org.jspecify.annotations.NullMarked;
