/**
 * Leased calls for OkHttp: {@link io.keycoord.sdk.okhttp.LeasedHttp} makes the client, {@link
 * io.keycoord.sdk.okhttp.LeaseInterceptor} is the whole way of a call. The only package that knows OkHttp, and the only
 * one that reveals a secret.
 */
@NullMarked
package io.keycoord.sdk.okhttp;

import org.jspecify.annotations.NullMarked;
