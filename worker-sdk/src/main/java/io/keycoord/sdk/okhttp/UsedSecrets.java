package io.keycoord.sdk.okhttp;

import io.keycoord.ApiSecret;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.regex.Pattern;

/**
 * The secrets that one call was signed with, as a tag of its request, so that an answer which quotes one can be told
 * without it. Safe for use by many threads.
 */
final class UsedSecrets {
    private static final String MASK = "***";

    /** What the keys of most providers look like, also when the provider has masked a part of it. */
    private static final Pattern KEY_LIKE = Pattern.compile("\\bsk-[\\w*.…-]{8,}");

    private final List<ApiSecret> secrets = new CopyOnWriteArrayList<>();

    void add(ApiSecret secret) {
        secrets.add(secret);
    }

    /** The text without these secrets, and without whatever looks like one. */
    String removedFrom(String text) {
        String rest = text;
        for (ApiSecret secret : secrets) {
            rest = rest.replace(secret.reveal(), MASK);
        }
        return KEY_LIKE.matcher(rest).replaceAll(MASK);
    }

    /** Without the secrets. */
    @Override
    public String toString() {
        return "UsedSecrets[" + secrets.size() + "]";
    }
}
