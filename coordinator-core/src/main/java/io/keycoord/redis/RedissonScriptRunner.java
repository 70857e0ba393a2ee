package io.keycoord.redis;

import io.keycoord.config.Durability;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import org.redisson.api.BatchOptions;
import org.redisson.api.FunctionMode;
import org.redisson.api.FunctionResult;
import org.redisson.api.RBatch;
import org.redisson.api.RFunction;
import org.redisson.api.RFunctionAsync;
import org.redisson.api.RFuture;
import org.redisson.api.RScript;
import org.redisson.api.RScript.Mode;
import org.redisson.api.RScript.ReturnType;
import org.redisson.api.RScriptAsync;
import org.redisson.api.RedissonClient;
import org.redisson.api.options.OptionalOptions;
import org.redisson.client.RedisAskException;
import org.redisson.client.RedisException;
import org.redisson.client.RedisMovedException;
import org.redisson.client.RedisOutOfMemoryException;
import org.redisson.client.RedisRedirectException;
import org.redisson.client.RedisResponseTimeoutException;
import org.redisson.client.codec.StringCodec;

/**
 * Scripts over Redisson, on one server, behind Sentinels or in a Cluster.
 *
 * <p>Whatever the client is set to, here it encodes texts as they are, waits a second for an answer, and does not repeat:
 * all repeats are {@link RepeatingScriptRunner}'s. Calls share the client's connections without waiting for one another.
 */
final class RedissonScriptRunner extends RepeatingScriptRunner {
    private static final Duration TIMEOUT = Duration.ofSeconds(1);

    /** A connection and an answer; the client's own timers are coarse, and not all of its waits have one. */
    private static final Duration LONGEST = TIMEOUT.multipliedBy(2);

    private final RedissonClient redisson;
    private final RScript scripts;
    private final RFunction functions;
    private final boolean cluster;

    RedissonScriptRunner(RedissonClient redisson, Duration failoverWait, Scripting scripting) {
        super(failoverWait, scripting);
        this.redisson = redisson;
        this.cluster = redisson.getConfig().isClusterConfig();
        this.scripts = redisson.getScript(options());
        this.functions = redisson.getFunction(options());
    }

    private static OptionalOptions options() {
        return OptionalOptions.defaults()
                .codec(StringCodec.INSTANCE)
                .timeout(TIMEOUT)
                .retryAttempts(0);
    }

    @Override
    Object plain(ScriptCall call) {
        return answer(send(call, scripts, functions));
    }

    private static RFuture<Object> send(ScriptCall call, RScriptAsync scripts, RFunctionAsync functions) {
        List<Object> redisKeys = List.copyOf(call.redisKeys());
        Object[] args = call.args().toArray();
        return switch (call.verb()) {
            case EVALSHA ->
                scripts.evalShaAsync(call.redisKey(), Mode.READ_WRITE, call.code(), ReturnType.LIST, redisKeys, args);
            case EVAL ->
                scripts.evalAsync(call.redisKey(), Mode.READ_WRITE, call.code(), ReturnType.LIST, redisKeys, args);
            case FCALL ->
                functions.callAsync(
                        call.redisKey(), FunctionMode.WRITE, call.code(), FunctionResult.LIST, redisKeys, args);
        };
    }

    @Override
    void requireCopies(Durability durability) {
        if (durability == Durability.AOF) {
            throw new IllegalArgumentException(
                    "durability aof cannot be had over Redisson, which does not tell whether the"
                            + " server itself has written its file; expected replica, or Jedis");
        }
    }

    @Override
    Answered copied(ScriptCall call, Durability durability) {
        Duration within = Copies.within(durability);
        Duration longest = TIMEOUT.plus(within);
        RBatch batch = redisson.createBatch(BatchOptions.defaults()
                .sync(1, within)
                .responseTimeout(longest.toMillis(), TimeUnit.MILLISECONDS)
                .retryAttempts(0));
        RFuture<Object> reply =
                send(call, batch.getScript(StringCodec.INSTANCE), batch.getFunction(StringCodec.INSTANCE));
        var unused = batch.getMap(call.mark(), StringCodec.INSTANCE).fastPutAsync(Copies.MARK, "1");
        CompletableFuture<Optional<RedisError>> doubt = batch.executeAsync()
                .toCompletableFuture()
                .thenApply(done -> Copies.doubt(durability, done.getSyncedSlaves()));
        try {
            answer(doubt, longest.plus(TIMEOUT));
        } catch (RuntimeException e) {
            // Of the script or of what was asked behind it.
            return new Answered(answer(reply), Optional.of(doubt(e)));
        }
        return new Answered(answer(reply), doubt.join());
    }

    @Override
    void load(FunctionLibrary library) {
        answer(functions.loadAsync(library.name(), library.code()));
    }

    @Override
    boolean inCluster() {
        return cluster;
    }

    /** Not ended by an interrupt, as little as a read from a socket is; the flag stays set. */
    private static <T> T answer(RFuture<T> future) {
        return answer(future.toCompletableFuture(), LONGEST);
    }

    private static <T> T answer(CompletableFuture<T> future, Duration longest) {
        return future.copy()
                .orTimeout(longest.toMillis(), TimeUnit.MILLISECONDS)
                .join();
    }

    @Override
    RedisError error(RuntimeException thrown) {
        Throwable cause =
                thrown instanceof CompletionException && thrown.getCause() != null ? thrown.getCause() : thrown;
        String text = withoutDetails(message(cause));
        // The client keeps the server's words, but for some answers of which it makes types.
        if (cause instanceof RedisOutOfMemoryException) {
            return new RedisError("OOM", text);
        } else if (cause instanceof RedisMovedException) {
            return new RedisError("MOVED", text);
        } else if (cause instanceof RedisAskException) {
            return new RedisError("ASK", text);
        } else if (cause instanceof RedisRedirectException) {
            return new RedisError("REDIRECT", text);
        } else if (RedisError.isAnswer(text)) {
            return RedisError.answered(text);
        }
        boolean sent = cause instanceof RedisResponseTimeoutException || !(cause instanceof RedisException);
        return sent ? RedisError.silent(text) : RedisError.lost(text);
    }

    /** The client appends its channel and all arguments of the command. */
    private static String withoutDetails(String message) {
        return message.split("\\.? (channel|Command|command|params): ", 2)[0];
    }

    @Override
    public WakeupChannel wakeups() {
        return new RedissonWakeups(redisson);
    }

    /** The client is the caller's. */
    @Override
    public void close() {}
}
