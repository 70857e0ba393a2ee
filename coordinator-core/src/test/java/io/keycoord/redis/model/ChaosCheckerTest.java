package io.keycoord.redis.model;

import static org.assertj.core.api.Assertions.assertThat;

import io.keycoord.model.ReferenceModel;
import io.keycoord.redis.model.OracleRun.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A call that a killed server made and did not answer is found by what the server knows, and nothing else passes for one. */
class ChaosCheckerTest {
    private static final long START_US = 1_900_000_000_000_000L;
    private static final int TTL_MS = 30_000;
    private static final int RENEWED_AFTER_US = 777_123;

    private final HistoryPool pool = usable();
    private final ChaosCounts counts = new ChaosCounts();
    private final ReferenceModel server = new ReferenceModel();
    private final List<ChaosCall> answered = new ArrayList<>();
    private long now = START_US;
    private String lease = "";

    private static HistoryPool usable() {
        long seed = 1;
        while (!new HistoryPool("c0", Kind.PLAIN, seed).isOfUse()) {
            seed++;
        }
        return new HistoryPool("c0", Kind.PLAIN, seed);
    }

    @BeforeEach
    void aLeaseIsHeld() {
        List<String> opened = words(answer("register", pool.planned.open(now, "full")));
        pool.planned.rest(opened, now, "full").forEach(args -> answer("register", args));
        for (int i = 0; lease.isEmpty(); i++) {
            String id = HistoryPool.lease(0, i);
            if (words(answer("acquire", acquire(id))).get(0).equals("GRANTED")) {
                lease = id;
            }
        }
    }

    private List<String> acquire(String id) {
        Step.Acquire ask = pool.ask(id);
        return List.of(
                "",
                id,
                "w0",
                "",
                "" + TTL_MS,
                "" + ask.cost().input(),
                "" + ask.cost().output(),
                "" + ask.cost().money(),
                "0",
                pool.planned.groupsFor(ask.model(), ask.tenant()),
                pool.planned.keysNotFor(ask.model(), ask.tenant(), ""),
                "",
                pool.planned.budgetsFor(ask.model(), ask.tenant()),
                "",
                "",
                "",
                "",
                "",
                Play.word(ask.priority()));
    }

    private static List<String> words(Object reply) {
        return ((List<?>) reply).stream().map(String::valueOf).toList();
    }

    private ChaosCall call(String script, List<String> args) {
        return new ChaosCall("w0", script, pool.planned.meta(), args, "");
    }

    private Object answer(String script, List<String> args) {
        now += 1_500;
        ChaosCall call = call(script, args);
        Object reply = call.replay(server, now);
        answered.add(call.replied(reply));
        return reply;
    }

    private ChaosCall renewal() {
        return call("renew", List.of("", "" + TTL_MS, lease, ""));
    }

    private void check(Map<String, Map<String, String>> known, ChaosCall... unanswered) {
        ChaosLoss restart = new ChaosLoss(now + 5_000_000, ChaosLoss.ALL, Map.of(pool.planned.meta(), known));
        new ChaosChecker(pool, counts, answered, List.of(unanswered), List.of(restart)).check(known);
    }

    @Test
    void aRestartThatLosesNothingIsFoundSound() {
        check(server.dump(), renewal());

        assertThat(counts.findings).isEmpty();
        assertThat(counts.madeUnanswered).isZero();
    }

    @Test
    void anUnansweredRenewalIsFoundByWhenTheLeaseEnds() {
        renewal().replay(server, now + RENEWED_AFTER_US);

        check(server.dump(), renewal());

        assertThat(counts.findings).isEmpty();
        assertThat(counts.madeUnanswered).isOne();
    }

    @Test
    void anUnansweredSettlementIsFoundByItsInstant() {
        ChaosCall settlement = call("settle", settle());
        settlement.replay(server, now + RENEWED_AFTER_US);

        check(server.dump(), renewal(), settlement);

        assertThat(counts.findings).isEmpty();
        assertThat(counts.madeUnanswered).isOne();
    }

    private List<String> settle() {
        return List.of("", lease, "", "success", "1", "1", "0", "error", "none", "0", "why", "m0", "10", "1000", "");
    }

    @Test
    void aRenewalThatNobodySentIsADifference() {
        renewal().replay(server, now + RENEWED_AFTER_US);

        check(server.dump());

        assertThat(counts.findings).singleElement().asString().contains("should have lost nothing");
    }

    @Test
    void aStateThatNoUnansweredCallExplainsIsADifference() {
        renewal().replay(server, now + RENEWED_AFTER_US);
        Map<String, Map<String, String>> known = new TreeMap<>(server.dump());
        known.put("accounts-of-another", Map.of("last_us", "" + (now + 1)));

        check(known, renewal());

        assertThat(counts.findings).singleElement().asString().contains("should have lost nothing");
    }
}
