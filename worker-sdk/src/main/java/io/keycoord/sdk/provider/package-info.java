/** One class a provider: the header that carries its key, and the ordered rules by which its errors are understood. */
@NullMarked
package io.keycoord.sdk.provider;

import org.jspecify.annotations.NullMarked;
