/** Leased calls over the JDK's own {@code java.net.http.HttpClient}. */
@NullMarked
package io.keycoord.sdk.jdk;

import org.jspecify.annotations.NullMarked;
