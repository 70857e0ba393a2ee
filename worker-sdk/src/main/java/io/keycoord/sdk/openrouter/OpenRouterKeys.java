package io.keycoord.sdk.openrouter;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.keycoord.ApiSecret;
import io.keycoord.SecretSource;
import io.keycoord.sdk.okhttp.JsonAnswer;
import io.keycoord.sdk.okhttp.SignedCalls;
import io.keycoord.sdk.provider.Dialect;
import java.io.IOException;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Lists, makes, changes and removes the keys of an OpenRouter account, with a management key, which cannot be used for
 * calls of models:
 *
 * <pre>{@code
 * OpenRouterKeys keys = OpenRouterKeys.of(secrets, "env:OPENROUTER_MANAGEMENT_KEY");
 * CreatedKey made = keys.create(KeySettings.named("team-a-3").withLimit(new BigDecimal("20")));
 * }</pre>
 *
 * <p>The management key is asked for at each call, goes to the base URL only, and is in no exception. Nothing is repeated:
 * after a {@link TransportException} a change may have been made. Keys of one account share its limits, so more of them do
 * not make more of these. Safe for use by many threads.
 */
public final class OpenRouterKeys implements AutoCloseable {
    private static final URI OPENROUTER = URI.create("https://openrouter.ai/api/v1");
    private static final String PATH = "keys";
    private static final Duration PER_CALL = Duration.ofSeconds(30);
    private static final int MOST_PAGES = 10_000;
    private static final Pattern HASH = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,127}");

    private final SecretSource secrets;
    private final String reference;
    private final SignedCalls calls;
    private final Answers answers;

    private OpenRouterKeys(URI baseUrl, SecretSource secrets, String reference) {
        Dialect dialect = Dialect.of("openrouter");
        this.secrets = secrets;
        this.reference = reference;
        this.calls = new SignedCalls(baseUrl, dialect, Map.of(), PER_CALL);
        this.answers = new Answers(new Refusals(dialect, Clock.systemUTC()));
    }

    /**
     * Those of an account of OpenRouter.
     *
     * @param reference to the management key, as {@code secrets} resolves it, for example {@code env:NAME}
     */
    public static OpenRouterKeys of(SecretSource secrets, String reference) {
        return of(OPENROUTER, secrets, reference);
    }

    /** The same at another address: a proxy, a simulator. */
    public static OpenRouterKeys of(URI baseUrl, SecretSource secrets, String reference) {
        return new OpenRouterKeys(baseUrl, secrets, reference);
    }

    /**
     * All keys, in as many calls as it takes.
     *
     * @throws RefusedException if OpenRouter refused it; so does every method here
     * @throws TransportException if there was no answer, or no management key; so does every method here
     */
    public List<ManagedKey> list() {
        Map<String, ManagedKey> all = new LinkedHashMap<>();
        int offset = 0;
        for (int page = 0; page < MOST_PAGES; page++) {
            List<ManagedKey> found = list(offset);
            int before = all.size();
            found.forEach(key -> all.put(key.hash(), key));
            if (all.size() == before) {
                break;
            }
            offset += found.size();
        }
        return List.copyOf(all.values());
    }

    /**
     * A page of at most 100.
     *
     * @param offset how many to leave out, zero or more
     */
    public List<ManagedKey> list(int offset) {
        if (offset < 0) {
            throw new IllegalArgumentException("offset is " + offset + ", expected 0 or more");
        }
        List<ManagedKey> keys = new ArrayList<>();
        JsonNode data = call("GET", PATH, Map.of("offset", Integer.toString(offset)), null)
                .path("data");
        data.forEach(key -> keys.add(ManagedKey.of(key)));
        return keys;
    }

    /**
     * One key.
     *
     * @throws IllegalArgumentException if the hash is not one; so does every method that takes one
     */
    public ManagedKey get(String hash) {
        return ManagedKey.of(call("GET", path(hash), Map.of(), null).path("data"));
    }

    /** Makes a key. */
    public CreatedKey create(KeySettings settings) {
        ObjectNode answer = call("POST", PATH, Map.of(), settings);
        ManagedKey key = ManagedKey.of(answer.path("data"));
        return new CreatedKey(key, secret(answer, key));
    }

    private static ApiSecret secret(ObjectNode answer, ManagedKey key) {
        try {
            return ApiSecret.of(answer.path("key").asText(""));
        } catch (IllegalArgumentException e) {
            throw new TransportException("key " + key.hash() + " was made, and its secret not told", null);
        }
    }

    /** Changes a key. */
    public ManagedKey update(String hash, KeySettings changes) {
        return ManagedKey.of(call("PATCH", path(hash), Map.of(), changes).path("data"));
    }

    /** Removes a key for good. */
    public void delete(String hash) {
        call("DELETE", path(hash), Map.of(), null);
    }

    private static String path(String hash) {
        if (!HASH.matcher(hash).matches()) {
            throw new IllegalArgumentException(
                    "hash has " + hash.length() + " characters, expected 1 to 128 of letters, digits and ._-");
        }
        return PATH + "/" + hash;
    }

    private ObjectNode call(String method, String path, Map<String, String> query, @Nullable KeySettings body) {
        byte[] json = body == null ? null : Json.bytes(body.json());
        try (JsonAnswer answer = calls.call(method, path, query, json, managementKey())) {
            return answers.object(answer);
        } catch (IOException e) {
            throw Refusals.failed(e);
        }
    }

    private ApiSecret managementKey() {
        Optional<ApiSecret> found;
        try {
            found = secrets.resolve(reference);
        } catch (RuntimeException e) {
            // Its message may hold anything.
            String what = e.getClass().getSimpleName();
            throw new TransportException("not sent: the management key could not be asked for (" + what + ")", null);
        }
        return found.orElseThrow(() -> new TransportException("not sent: the management key is not here", null));
    }

    /** Lets go of its connections. May be repeated. */
    @Override
    public void close() {
        calls.close();
    }

    @Override
    public String toString() {
        return "OpenRouterKeys";
    }
}
