/**
 * What a provider's answers mean: which key, account or nobody is at fault, what rests for how long, what was used, and
 * whether another try helps. Knows neither Redis nor any HTTP client; {@link io.keycoord.sdk.okhttp} brings it to OkHttp.
 */
@NullMarked
package io.keycoord.sdk;

import org.jspecify.annotations.NullMarked;
