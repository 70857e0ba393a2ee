package io.keycoord.console.batch;

import io.keycoord.CoordinatorException;
import io.keycoord.KeyCoordinator;
import io.keycoord.config.CoordinatorConfig;
import io.keycoord.config.Secrets;
import io.keycoord.redis.RedisKeyCoordinator;
import io.keycoord.sdk.call.CallOptions;
import io.keycoord.sdk.okhttp.LeasedHttp;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import okhttp3.HttpUrl;
import okhttp3.OkHttpClient;

/**
 * A worker JVM of {@code keycoord batch}. Started by the batch's parent only, which talks to it in {@link Frame}s; it
 * ends when its parent closes the stream or dies. Secrets are found here and stay here.
 */
public final class WorkerMain {
    private static final int CANNOT_WORK = 3;
    private static final Duration LAST_MOMENT = Duration.ofSeconds(5);

    private WorkerMain() {}

    /** Entry point; takes no arguments. */
    public static void main(String[] args) throws IOException {
        PrintStream frames = new PrintStream(new FileOutputStream(FileDescriptor.out), false, StandardCharsets.UTF_8);
        System.setOut(System.err);
        ignoreInterrupts();
        WorkerLoop loop = new WorkerLoop(System.in, frames);
        Frame.Start start = loop.start();
        try (TracedCoordinator keys = new TracedCoordinator(connect(start))) {
            ChatCaller caller = caller(keys, start);
            loop.serve(caller::call);
            endSoon();
            caller.cancelAll();
        } catch (CoordinatorException | IllegalArgumentException e) {
            loop.say(new Frame.Fatal("" + e.getMessage()));
            System.exit(CANNOT_WORK);
        }
    }

    private static KeyCoordinator connect(Frame.Start start) {
        return RedisKeyCoordinator.builder()
                .redis(start.redis())
                .scripting(start.scripting())
                .config(CoordinatorConfig.load(Path.of(start.config())))
                .secrets(Secrets.standard())
                .build();
    }

    private static ChatCaller caller(TracedCoordinator keys, Frame.Start start) {
        String pool = start.pool();
        CallOptions ranked = CallOptions.standard().withPriority(start.priority());
        HttpUrl baseUrl = HttpUrl.get(keys.pool(pool).baseUrl().toString());
        OkHttpClient http =
                LeasedHttp.newClient(keys, pool, start.tenant().isEmpty() ? ranked : ranked.withTenant(start.tenant()));
        WarmUp.of(http);
        return new ChatCaller(http, baseUrl, keys::begin);
    }

    /** The leases of calls that were cut off are given back; a Redis that does not answer must not keep the process. */
    private static void endSoon() {
        CompletableFuture.delayedExecutor(LAST_MOMENT.toMillis(), TimeUnit.MILLISECONDS, Runnable::run)
                .execute(() -> Runtime.getRuntime().halt(0));
    }

    /**
     * Ctrl-C in a terminal reaches every process of the group, and it is the parent that decides what it means. The
     * class is not part of the Java platform's own API, so its absence is no error.
     */
    private static void ignoreInterrupts() {
        try {
            Class<?> signal = Class.forName("sun.misc.Signal");
            Class<?> handler = Class.forName("sun.misc.SignalHandler");
            Object interrupt = signal.getConstructor(String.class).newInstance("INT");
            signal.getMethod("handle", signal, handler)
                    .invoke(null, interrupt, handler.getField("SIG_IGN").get(null));
        } catch (ReflectiveOperationException | IllegalArgumentException e) {
            System.err.println("Ctrl-C will end this worker at once: " + e);
        }
    }
}
