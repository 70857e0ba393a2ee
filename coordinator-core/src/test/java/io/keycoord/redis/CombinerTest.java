package io.keycoord.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.keycoord.StoreUnavailableException;
import io.keycoord.StoreUnavailableException.Trouble;
import io.keycoord.redis.HeldScripts.Ran;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Calls that meet, on scripts that answer when they are let. */
@Timeout(60)
class CombinerTest {
    private final HeldScripts scripts = new HeldScripts();
    private final Combiner combiner = new Combiner(scripts, "meta", new Senders(Runnable::run, Duration.ofMinutes(1)));
    private final List<Thread> threads = new ArrayList<>();

    @AfterEach
    void end() throws InterruptedException {
        scripts.release(1_000);
        for (Thread thread : threads) {
            thread.join(10_000);
            assertThat(thread.isAlive()).isFalse();
        }
    }

    @Test
    void whoMeetsNobodyMakesAPlainCallOnItsOwnThread() {
        scripts.release(2);
        List<String> args = acquire("a");

        assertThat(run(Script.ACQUIRE, args).text(1)).isEqualTo("a");
        assertThat(run(Script.SETTLE, settle("s")).text(1)).isEqualTo("s");

        assertThat(scripts.ran).extracting(Ran::script).containsExactly(Script.ACQUIRE, Script.SETTLE);
        assertThat(scripts.ran.get(0).args()).isEqualTo(args);
        assertThat(scripts.ran).extracting(Ran::thread).containsOnly(Thread.currentThread());
    }

    @Test
    void whatMeetsIsSentTogetherSettlementsFirst() throws Exception {
        FutureTask<Reply> first = start(Script.ACQUIRE, "a0");
        List<FutureTask<Reply>> waiting = List.of(
                start(Script.ACQUIRE, "a1"),
                start(Script.SETTLE, "s1"),
                start(Script.ACQUIRE, "a2"),
                start(Script.SETTLE, "s2"));

        scripts.release(2);

        assertThat(first.get().text(1)).isEqualTo("a0");
        assertThat(answers(waiting)).containsExactly("a1", "s1", "a2", "s2");
        assertThat(scripts.ran).extracting(Ran::script).containsExactly(Script.ACQUIRE, Script.BATCH);
        assertThat(HeldScripts.ids(scripts.ran.get(1))).containsExactly("s1", "s2", "a1", "a2");
    }

    @Test
    void theMoreImportantAcquiresOfACallAreBeforeTheOthers() throws Exception {
        FutureTask<Reply> first = start(Script.ACQUIRE, "a0");
        List<FutureTask<Reply>> waiting = List.of(
                start(Script.ACQUIRE, acquire("b1", "batch")),
                start(Script.ACQUIRE, "n1"),
                start(Script.ACQUIRE, acquire("i1", "interactive")),
                start(Script.SETTLE, "s1"),
                start(Script.ACQUIRE, "n2"),
                start(Script.ACQUIRE, acquire("i2", "interactive")));

        scripts.release(2);

        assertThat(first.get().text(1)).isEqualTo("a0");
        assertThat(answers(waiting)).containsExactly("b1", "n1", "i1", "s1", "n2", "i2");
        assertThat(HeldScripts.ids(scripts.ran.get(1))).containsExactly("s1", "i1", "i2", "n1", "n2", "b1");
    }

    @Test
    void oneThatWaitedByItselfIsSentPlain() throws Exception {
        FutureTask<Reply> first = start(Script.ACQUIRE, "a0");
        FutureTask<Reply> second = start(Script.SETTLE, "s1");

        scripts.release(2);

        assertThat(first.get().text(1)).isEqualTo("a0");
        assertThat(second.get().text(1)).isEqualTo("s1");
        assertThat(scripts.ran).extracting(Ran::script).containsExactly(Script.ACQUIRE, Script.SETTLE);
    }

    @Test
    void oneCallHoldsSixtyFourAndTheNextTheRest() throws Exception {
        var unused = start(Script.ACQUIRE, "a");
        List<FutureTask<Reply>> waiting = new ArrayList<>();
        for (int i = 0; i < 70; i++) {
            waiting.add(start(i < 66 ? Script.ACQUIRE : Script.SETTLE, "w" + i));
        }

        scripts.release(3);

        assertThat(answers(waiting))
                .containsExactlyElementsOf(
                        IntStream.range(0, 70).mapToObj(i -> "w" + i).toList());
        assertThat(scripts.ran.stream().skip(1).map(HeldScripts::ids).map(List::size))
                .containsExactly(64, 6);
    }

    @Test
    void anErrorOfOneIsOnlyItsOwn() throws Exception {
        var unused = start(Script.ACQUIRE, "a0");
        FutureTask<Reply> damaged = start(Script.SETTLE, "s1");
        FutureTask<Reply> wrong = start(Script.ACQUIRE, "a1");
        FutureTask<Reply> sound = start(Script.ACQUIRE, "a2");
        scripts.answers = call -> call.script() != Script.BATCH
                ? List.of("OK")
                : List.of(
                        "BATCH",
                        List.of("ERROR", "DAMAGED key:a trips is x, expected a number"),
                        List.of("ERROR", "BADARG tokens is many"),
                        List.of("OK", "a2"));

        scripts.release(2);

        assertThatThrownBy(damaged::get)
                .cause()
                .isInstanceOfSatisfying(
                        StoreUnavailableException.class,
                        e -> assertThat(e.trouble()).isEqualTo(Trouble.DAMAGED))
                .hasMessageContaining("settle: DAMAGED key:a trips is x");
        assertThatThrownBy(wrong::get)
                .cause()
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("acquire: BADARG tokens is many");
        assertThat(sound.get().text(1)).isEqualTo("a2");
    }

    @Test
    void aPoolThatIsLostIsToldToEach() throws Exception {
        var unused = start(Script.ACQUIRE, "a0");
        FutureTask<Reply> one = start(Script.SETTLE, "s1");
        FutureTask<Reply> other = start(Script.ACQUIRE, "a1");
        scripts.answers = call -> List.of("NO_POOL");

        scripts.release(2);

        assertThat(one.get().status()).isEqualTo("NO_POOL");
        assertThat(other.get().status()).isEqualTo("NO_POOL");
    }

    @Test
    void whenABatchFindsNoRedisEachOfItIsToldAndThoseBehindItFailUnsent() throws Exception {
        var unused = start(Script.ACQUIRE, "a0");
        FutureTask<Reply> settle = start(Script.SETTLE, "s1");
        FutureTask<Reply> acquire = start(Script.ACQUIRE, "a1");
        StoreUnavailableException gone =
                new StoreUnavailableException("batch", "no answer", Trouble.AWAY, new IllegalStateException("reset"));
        scripts.answers = call -> {
            if (call.script() == Script.BATCH) {
                throw gone;
            }
            return List.of("OK", call.args().get(1));
        };
        scripts.release(1);
        await().until(() -> scripts.ran.size() == 2);
        List<FutureTask<Reply>> behind = List.of(start(Script.ACQUIRE, "a2"), start(Script.SETTLE, "s2"));

        scripts.release(1);

        assertThatThrownBy(settle::get)
                .cause()
                .isInstanceOf(StoreUnavailableException.class)
                .hasMessageContaining("settle: in a batch, batch: no answer")
                .hasCause(gone);
        assertThatThrownBy(acquire::get).cause().hasMessageContaining("acquire: in a batch");
        for (FutureTask<Reply> call : behind) {
            assertThatThrownBy(call::get)
                    .cause()
                    .isInstanceOfSatisfying(
                            StoreUnavailableException.class,
                            why -> assertThat(why.trouble()).isEqualTo(Trouble.AWAY))
                    .hasMessageContaining("not sent, for a call before it has met no Redis");
        }
        assertThat(scripts.ran).hasSize(2);
    }

    @Test
    void whenRedisAnswersThatItCannotThoseBehindGoAlone() throws Exception {
        FutureTask<Reply> first = start(Script.ACQUIRE, "a0");
        List<FutureTask<Reply>> behind = List.of(start(Script.SETTLE, "s1"), start(Script.SETTLE, "s2"));
        scripts.answers = call -> {
            if (call.script() == Script.ACQUIRE) {
                throw new StoreUnavailableException("acquire", "OOM", Trouble.UNABLE, null);
            }
            return List.of("OK", call.args().get(1));
        };

        scripts.release(3);

        assertThatThrownBy(first::get).cause().hasMessageContaining("OOM");
        assertThat(answers(behind)).containsExactly("s1", "s2");
        assertThat(scripts.ran.stream().skip(1).map(Ran::script)).containsOnly(Script.SETTLE);
    }

    @Test
    void anErrorOfTheWholeBatchMakesEachGoAlone() throws Exception {
        var unused = start(Script.ACQUIRE, "a0");
        List<FutureTask<Reply>> waiting = List.of(start(Script.SETTLE, "s1"), start(Script.ACQUIRE, "a1"));
        scripts.answers = call -> {
            if (call.script() == Script.BATCH) {
                throw new StoreUnavailableException("batch", "ERR a bug", Trouble.DAMAGED, null);
            }
            return List.of("OK", call.args().get(1));
        };

        scripts.release(4);

        assertThat(answers(waiting)).containsExactly("s1", "a1");
        assertThat(scripts.ran.stream().skip(2).map(Ran::script))
                .containsExactlyInAnyOrder(Script.SETTLE, Script.ACQUIRE);
    }

    @Test
    void afterAFailureCallsAreJoinedAgain() throws Exception {
        FutureTask<Reply> first = start(Script.ACQUIRE, "a0");
        scripts.answers = call -> {
            throw new StoreUnavailableException("acquire", new IllegalStateException("reset"));
        };
        scripts.release(1);
        assertThatThrownBy(first::get).hasCauseInstanceOf(StoreUnavailableException.class);
        scripts.answers = call -> call.script() == Script.BATCH
                ? List.of("BATCH", List.of("OK", "a2"), List.of("OK", "a3"))
                : List.of("OK", call.args().get(1));

        var unused = start(Script.ACQUIRE, "a1");
        List<FutureTask<Reply>> waiting = List.of(start(Script.ACQUIRE, "a2"), start(Script.ACQUIRE, "a3"));
        scripts.release(2);

        assertThat(answers(waiting)).containsExactly("a2", "a3");
        assertThat(scripts.ran).extracting(Ran::script).containsExactly(Script.ACQUIRE, Script.ACQUIRE, Script.BATCH);
    }

    @Test
    void anInterruptLeavesACallWhereItIsAndStaysSet() throws Exception {
        var unused = start(Script.ACQUIRE, "a0");
        AtomicBoolean flag = new AtomicBoolean();
        FutureTask<Reply> interrupted = new FutureTask<>(() -> {
            Reply reply = run(Script.ACQUIRE, acquire("a1"));
            flag.set(Thread.currentThread().isInterrupted());
            return reply;
        });
        Thread thread = start(interrupted);

        thread.interrupt();
        scripts.release(2);

        assertThat(interrupted.get().text(1)).isEqualTo("a1");
        assertThat(flag).isTrue();
    }

    /** By a caller who waits as long as a call takes. */
    private Reply run(Script script, List<String> args) {
        return combiner.run(script, args, null, PoolCalls.Late.NOTHING);
    }

    private static List<String> answers(List<FutureTask<Reply>> calls) throws Exception {
        List<String> answers = new ArrayList<>();
        for (FutureTask<Reply> call : calls) {
            answers.add(call.get(20, TimeUnit.SECONDS).text(1));
        }
        return answers;
    }

    /** Returns when the call is with the scripts, or waits. */
    private FutureTask<Reply> start(Script script, String id) {
        return start(script, script == Script.SETTLE ? settle(id) : acquire(id));
    }

    private FutureTask<Reply> start(Script script, List<String> args) {
        FutureTask<Reply> call = new FutureTask<>(() -> run(script, args));
        start(call);
        return call;
    }

    private Thread start(FutureTask<Reply> call) {
        Thread thread = new Thread(call);
        threads.add(thread);
        thread.start();
        await().pollInterval(Duration.ofMillis(10))
                .until(() ->
                        thread.getState() == Thread.State.WAITING || thread.getState() == Thread.State.TIMED_WAITING);
        return thread;
    }

    private static List<String> acquire(String id) {
        return acquire(id, "normal");
    }

    private static List<String> acquire(String id, String priority) {
        return List.of("", id, "w", "", "1000", "1", "0", "0", "0", "1", "", "", "", "", "", "", "", "", priority);
    }

    private static List<String> settle(String id) {
        return Settlement.unused(id, "");
    }
}
