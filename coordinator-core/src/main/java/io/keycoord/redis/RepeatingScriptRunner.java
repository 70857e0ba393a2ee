package io.keycoord.redis;

import io.keycoord.StoreUnavailableException;
import io.keycoord.config.Durability;
import io.keycoord.redis.ScriptCall.Verb;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Scripts over some client: by digest, by their text where the server does not have them, or as functions that are loaded
 * there; and again where {@link Remedy} says so. The only place that repeats a call.
 */
abstract class RepeatingScriptRunner implements ScriptRunner {
    static final Duration FAILOVER_WAIT = Duration.ofSeconds(1);
    private static final long FIRST_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(1);
    private static final long LONGEST_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    private final long failoverWaitNanos;
    private final Scripting scripting;

    /** A call is repeated for at most {@code failoverWait}; the last repeat may take as long as the client waits. */
    RepeatingScriptRunner(Duration failoverWait, Scripting scripting) {
        this.failoverWaitNanos = failoverWait.toNanos();
        this.scripting = scripting;
    }

    /** One command. */
    abstract Object plain(ScriptCall call);

    /**
     * The same, and behind it on the same connection {@link Copies#MARK} and WAIT or WAITAOF, for at most {@link Copies#within}. What
     * was answered to these and is not the number of copies goes through {@link #doubt}.
     */
    abstract Answered copied(ScriptCall call, Durability durability);

    /** Whether this client can do that. */
    abstract void requireCopies(Durability durability);

    /** FUNCTION LOAD on every primary that can be reached; an exception if one has not taken it, or has it already. */
    abstract void load(FunctionLibrary library);

    /** Whether slots may move. */
    abstract boolean inCluster();

    /** What an exception of the client says about Redis; of one that says nothing, that there was no answer. */
    abstract RedisError error(RuntimeException thrown);

    @Override
    public final Reply run(Script script, String redisKey, List<String> args) {
        return run(script, redisKey, args, Durability.NONE);
    }

    @Override
    public final ScriptRunner copied(Durability durability) {
        if (durability == Durability.NONE) {
            return this;
        }
        requireCopies(durability);
        return new Copied(durability);
    }

    /** These scripts with a question behind each. */
    private final class Copied implements ScriptRunner {
        private final Durability durability;

        Copied(Durability durability) {
            this.durability = durability;
        }

        @Override
        public Reply run(Script script, String redisKey, List<String> args) {
            return RepeatingScriptRunner.this.run(script, redisKey, args, durability);
        }

        /** The client is closed by whom it belongs to. */
        @Override
        public void close() {}
    }

    private Reply run(Script script, String redisKey, List<String> args, Durability durability) {
        long deadline = System.nanoTime() + failoverWaitNanos;
        long pause = FIRST_PAUSE_NANOS;
        boolean sent = false;
        List<String> redisKeys = redisKeys(redisKey);
        while (true) {
            try {
                ScriptCall call = call(script, redisKeys, args, sent);
                Answered answered = durability == Durability.NONE ? Answered.of(plain(call)) : copied(call, durability);
                return new Reply(script, (List<?>) answered.reply(), answered.doubt());
            } catch (RuntimeException e) {
                RedisError error = afterLoading(error(e));
                Remedy remedy = Remedy.of(error);
                boolean sendsFirst = remedy.sendsScripts() && !sent;
                // Even a text is refused so where a client made a digest of it, and then met another server.
                boolean repeats = remedy.sendsScripts() || remedy.repeats();
                if (!sendsFirst && !(repeats && pauseUntil(deadline, pause))) {
                    throw failure(script, error, remedy, e);
                }
                sent |= sendsFirst;
            }
            pause = Math.min(2 * pause, LONGEST_PAUSE_NANOS);
        }
    }

    private ScriptCall call(Script script, List<String> redisKeys, List<String> args, boolean sent) {
        if (scripting == Scripting.FUNCTIONS) {
            String function = FunctionLibrary.current().function(script, args);
            return new ScriptCall(Verb.FCALL, function, redisKeys, args);
        }
        return sent
                ? new ScriptCall(Verb.EVAL, script.source(), redisKeys, args)
                : new ScriptCall(Verb.EVALSHA, script.digest(), redisKeys, args);
    }

    /**
     * What it means that a copy was asked for in vain.
     *
     * @throws RuntimeException the same, if the whole call is to be repeated: there is another primary now, which may not have
     *     heard of it
     */
    final RedisError doubt(RuntimeException answer) {
        RedisError error = error(answer);
        if (Remedy.of(error).repeats()) {
            throw answer;
        }
        return error;
    }

    /** The same; but if functions are missing, and cannot be loaded, why not. */
    private RedisError afterLoading(RedisError error) {
        if (Remedy.of(error) != Remedy.LOAD_FUNCTIONS) {
            return error;
        }
        FunctionLibrary library = FunctionLibrary.current();
        try {
            load(library);
            return error;
        } catch (RuntimeException e) {
            RedisError why = error(e);
            if (why.text().contains("already exists")) {
                // Another worker was faster. That costs little, for the server looks at the name first.
                return error;
            }
            return new RedisError(
                    why.code(),
                    "functions " + library.name() + " are missing and could not be loaded: " + why.text()
                            + "; who may loads them by: keycoord functions load");
        }
    }

    /**
     * In a Cluster a second one of the same slot, which never exists: as long as the slot moves, a call with one that exists
     * and one that does not is refused with TRYAGAIN before it runs. Otherwise a script could meet a Redis key that has moved
     * already after its first write, and leave the rest undone.
     */
    private List<String> redisKeys(String redisKey) {
        boolean tagged = redisKey.indexOf('{') >= 0;
        return tagged && inCluster() ? List.of(redisKey, redisKey + ":none") : List.of(redisKey);
    }

    /** Whether there was time for the pause. It is jittered, for many workers lose their primary at the same instant. */
    private static boolean pauseUntil(long deadline, long pauseNanos) {
        long nanos = pauseNanos / 2 + ThreadLocalRandom.current().nextLong(pauseNanos);
        if (System.nanoTime() + nanos - deadline > 0) {
            return false;
        }
        try {
            TimeUnit.NANOSECONDS.sleep(nanos);
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /** What a call fails with. */
    static RuntimeException failure(Script script, RedisError error, Remedy remedy, @Nullable RuntimeException cause) {
        if (error.code().equals("BADARG")) {
            return new IllegalStateException(script.file() + ": " + error.text(), cause);
        }
        return new StoreUnavailableException(script.file(), error.text(), remedy.trouble, cause);
    }

    static String message(Throwable thrown) {
        return Objects.requireNonNullElseGet(
                thrown.getMessage(), () -> thrown.getClass().getSimpleName());
    }
}
