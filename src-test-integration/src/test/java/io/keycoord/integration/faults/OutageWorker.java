package io.keycoord.integration.faults;

import io.keycoord.ApiSecret;
import io.keycoord.KeyUnavailableException;
import io.keycoord.config.CoordinatorConfig;
import io.keycoord.redis.RedisKeyCoordinator;
import io.keycoord.sdk.call.CallOptions;
import io.keycoord.sdk.okhttp.LeasedHttp;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import okhttp3.MediaType;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;

/**
 * A worker JVM that calls a provider through the SDK at a fixed rate, whatever becomes of its calls. Its arguments are the
 * server, the provider's address and the calls a second; asked {@code take}, it tells what has happened since it was asked last.
 */
final class OutageWorker {
    static final String POOL = "outage";
    static final String MODEL = "sim/chat";
    static final int ACCOUNTS = 3;
    static final int PER_SECOND = 20;
    static final int SLOTS = 8;
    /** Of the breaker: a model rests a sixteenth of it first, then twice as long each time, up to all of it. */
    static final int COOL_DOWN_MS = 1_600;

    private static final Duration PATIENCE = Duration.ofSeconds(1);
    private static final int MOST_THREADS = 64;
    private static final MediaType JSON = MediaType.get("application/json");
    private static final String CALL =
            "{'model':'sim/chat','max_tokens':40,'messages':[{'role':'user','content':'Hello'}]}".replace('\'', '"');

    /** What became of calls. {@code refused}: not sent, for no key can serve them. */
    record Counts(long offered, long ok, long failed, long refused, long odd) {
        static Counts parse(String text) {
            String[] words = text.split(" ", -1);
            return new Counts(
                    Long.parseLong(words[0]),
                    Long.parseLong(words[1]),
                    Long.parseLong(words[2]),
                    Long.parseLong(words[3]),
                    Long.parseLong(words[4]));
        }

        Counts plus(Counts other) {
            return new Counts(
                    offered + other.offered,
                    ok + other.ok,
                    failed + other.failed,
                    refused + other.refused,
                    odd + other.odd);
        }
    }

    private final String provider;
    private final OkHttpClient http;
    private final AtomicLong offered = new AtomicLong();
    private final AtomicLong ok = new AtomicLong();
    private final AtomicLong failed = new AtomicLong();
    private final AtomicLong refused = new AtomicLong();
    private final AtomicLong odd = new AtomicLong();

    private OutageWorker(String provider, RedisKeyCoordinator keys) {
        this.provider = provider;
        this.http = LeasedHttp.newClient(keys, POOL, CallOptions.standard().withMaxWait(PATIENCE));
    }

    static RedisKeyCoordinator keys(String redis, String provider) {
        String accounts = IntStream.range(0, ACCOUNTS)
                .mapToObj(i ->
                        "{'id':'a%1$d','limits':[{'models':'*','requests':'%2$d/1s','concurrency':%3$d}],'keys':[{'id':'k%1$d','secret':'test:k%1$d'}]}"
                                .formatted(i, PER_SECOND, SLOTS))
                .collect(Collectors.joining(","));
        String json = ("{'pools':[{'id':'%s','provider':'openrouter','baseUrl':'%s',"
                        + "'breaker':{'errors':3,'window':'60s','coolDown':'%dms'},'accounts':[%s]}]}")
                .formatted(POOL, provider, COOL_DOWN_MS, accounts);
        return RedisKeyCoordinator.builder()
                .redis(redis)
                .config(CoordinatorConfig.parse(json.replace('\'', '"'), Set.of("test")))
                .secrets(reference -> Optional.of(ApiSecret.of(secret(reference.replace("test:", "")))))
                .build();
    }

    static String secret(String key) {
        return "sim-secret-" + key;
    }

    public static void main(String[] args) throws IOException {
        RedisKeyCoordinator keys = keys(args[0], args[1]);
        OutageWorker worker = new OutageWorker(args[1], keys);
        Thread pace = new Thread(() -> worker.run(Integer.parseInt(args[2])), "pace");
        pace.setDaemon(true);
        say("ready");
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String order = in.readLine(); order != null; order = in.readLine()) {
            if (order.equals("go")) {
                pace.start();
                say("going");
            } else {
                say("took " + worker.take());
            }
        }
        Runtime.getRuntime().halt(0);
    }

    private static void say(String line) {
        System.out.println(FaultWorker.MARK + line);
        System.out.flush();
    }

    private String take() {
        return offered.getAndSet(0) + " " + ok.getAndSet(0) + " " + failed.getAndSet(0) + " " + refused.getAndSet(0)
                + " " + odd.getAndSet(0);
    }

    private void run(int perSecond) {
        ExecutorService threads = Executors.newFixedThreadPool(MOST_THREADS);
        long next = System.nanoTime();
        while (!Thread.interrupted()) {
            threads.execute(this::call);
            offered.incrementAndGet();
            next += 1_000_000_000L / perSecond;
            for (long left = next - System.nanoTime(); left > 0; left = next - System.nanoTime()) {
                LockSupport.parkNanos(left);
            }
        }
    }

    private void call() {
        Request request = new Request.Builder()
                .url(provider + "/chat/completions")
                .post(RequestBody.create(CALL, JSON))
                .build();
        try (Response response = http.newCall(request).execute()) {
            String unread = response.body().string();
            (response.isSuccessful() && !unread.isEmpty() ? ok : failed).incrementAndGet();
        } catch (IOException | KeyUnavailableException e) {
            boolean none = e instanceof KeyUnavailableException || e.getCause() instanceof KeyUnavailableException;
            (none ? refused : odd).incrementAndGet();
            if (!none) {
                e.printStackTrace();
            }
        }
    }
}
