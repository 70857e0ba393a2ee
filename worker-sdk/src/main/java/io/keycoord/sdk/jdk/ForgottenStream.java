package io.keycoord.sdk.jdk;

import java.io.FilterInputStream;
import java.io.InputStream;
import java.lang.ref.Cleaner;

/**
 * The JDK's own stream of a body, which a caller may drop without closing it. The coordinator renews a lease for as long as
 * it is held, and the JDK holds on to the stream, so that of a forgotten one the lease would never end.
 */
final class ForgottenStream extends FilterInputStream {
    private static final Cleaner FORGOTTEN = Cleaner.create();

    private ForgottenStream(InputStream stream, AnswerBody body) {
        super(stream);
        FORGOTTEN.register(this, () -> body.cancel());
    }

    /** What the caller gets; another stream only where its type is nobody's but the JDK's. */
    @SuppressWarnings("unchecked")
    static <T> T watched(T value, AnswerBody body) {
        boolean ofTheJdk = value instanceof InputStream
                && value.getClass().getModule().equals(java.net.http.HttpClient.class.getModule());
        return ofTheJdk ? (T) new ForgottenStream((InputStream) value, body) : value;
    }
}
