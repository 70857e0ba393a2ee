/** What all calls of a pool share, whatever carries them. */
@NullMarked
package io.keycoord.sdk.call;

import org.jspecify.annotations.NullMarked;
