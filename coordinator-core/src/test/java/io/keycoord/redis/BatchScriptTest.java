package io.keycoord.redis;

import static io.keycoord.redis.Pools.concurrency;
import static io.keycoord.redis.Pools.headroom;
import static io.keycoord.redis.Pools.limits;
import static io.keycoord.redis.Pools.perMinute;
import static io.keycoord.redis.Pools.solo;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.keycoord.redis.Engine.Answer;
import io.keycoord.redis.Engine.Ask;
import io.keycoord.redis.Engine.How;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Several settles and acquires in one call. */
class BatchScriptTest extends ScriptTest {

    @Test
    void aSettlementFreesItsSlotForAnAcquireOfTheSameCall() {
        Engine engine = engine(headroom(solo("a", concurrency(1))));
        Answer lease = engine.acquire(0);

        List<Reply> replies = engine.batch(List.of(success(engine, lease)), List.of(ask(engine), ask(engine)));

        assertThat(replies).extracting(Reply::status).containsExactly("SETTLED", "GRANTED", "DENIED");
        assertThat(replies.get(2).text(4)).isEqualTo("CONCURRENCY");
        assertThat(engine.hash("key:a")).containsEntry("in_flight", "1");
    }

    @Test
    void aRefusalOfOneLeavesTheOthersAsTheyAre() {
        Engine engine = twoAccounts();

        List<Reply> replies = engine.batch(
                List.of(), List.of(ask(engine), engine.words(engine.nextId(), Ask.tokens(999_999_999)), ask(engine)));

        assertThat(replies).extracting(Reply::status).containsExactly("GRANTED", "DENIED", "GRANTED");
        assertThat(replies.get(1).text(4)).isEqualTo("IMPOSSIBLE");
    }

    @Test
    void aWrongArgumentOfOneLeavesTheOthersAsTheyAre() {
        Engine engine = twoAccounts();
        Answer lease = engine.acquire(10);
        List<String> wrong = new ArrayList<>(ask(engine));
        wrong.set(4, "many");
        List<String> foreign = engine.words("foreign", "not a record", How.success(1));

        List<Reply> replies = engine.batch(List.of(foreign, success(engine, lease)), List.of(wrong, ask(engine)));

        assertThat(replies).extracting(Reply::status).containsExactly("ERROR", "SETTLED", "ERROR", "GRANTED");
        assertThat(replies.get(0).text(1)).startsWith("BADARG record is not a record");
        assertThat(replies.get(2).text(1)).startsWith("BADARG input is many, expected an integer");
        assertThat(engine.hash("holders")).hasSize(2).containsKey("-");
        assertThat(jedis.zscore(engine.prefix + "settled", "foreign")).isNull();
    }

    @Test
    void aDamagedAccountStopsOnlyItsOwnSettlement() {
        Engine engine = twoAccounts();
        Answer sound = engine.acquire(10);
        Answer damaged = engine.acquire(10);
        jedis.hset(engine.prefix + "key:" + damaged.key(), "trips", "x");

        List<Reply> replies = engine.batch(
                List.of(engine.words(damaged.id(), damaged.record(), How.of("key_failed")), success(engine, sound)),
                List.of(ask(engine)));

        assertThat(replies).extracting(Reply::status).containsExactly("ERROR", "SETTLED", "GRANTED");
        assertThat(replies.get(0).text(1)).startsWith("DAMAGED key:" + damaged.key() + " trips is x");
        assertThat(jedis.zscore(engine.prefix + "leases", damaged.id())).isNotNull();
    }

    @Test
    void anyOtherErrorIsTheWholeCalls() {
        Engine engine = twoAccounts();
        jedis.del(engine.prefix + "settled");
        jedis.set(engine.prefix + "settled", "not a sorted set");

        assertThatThrownBy(() -> engine.batch(List.of(), List.of(ask(engine)))).hasStackTraceContaining("WRONGTYPE");
    }

    @Test
    void aLeaseAskedForTwiceIsGrantedOnce() {
        Engine engine = twoAccounts();
        List<String> ask = ask(engine);

        List<Reply> replies = engine.batch(List.of(), List.of(ask, ask));

        assertThat(replies.get(1).text(6)).isEqualTo(replies.get(0).text(6));
        assertThat(engine.hash("holders")).containsOnlyKeys("-", ask.get(0));
    }

    @Test
    void whatAWholeBatchHasDoneIsTheSameWhenItIsRepeated() {
        Engine engine = twoAccounts();
        Answer lease = engine.acquire(10);
        List<List<String>> settles = List.of(success(engine, lease));
        List<List<String>> acquires = List.of(ask(engine), ask(engine));

        List<Reply> first = engine.batch(settles, acquires);
        List<Reply> again = engine.batch(settles, acquires);

        assertThat(again).extracting(Reply::status).containsExactly("DUPLICATE", "GRANTED", "GRANTED");
        assertThat(again.get(1).text(6)).isEqualTo(first.get(1).text(6));
        assertThat(again.get(2).text(6)).isEqualTo(first.get(2).text(6));
    }

    @Test
    void theLastSequenceIsStored() {
        Engine engine = twoAccounts();

        List<Reply> replies = engine.batch(List.of(), List.of(ask(engine), ask(engine), ask(engine)));

        assertThat(engine.hash("meta")).containsEntry("seq", replies.get(2).text(2));
        assertThat(replies.get(2).number(2)).isEqualTo(replies.get(0).number(2) + 2);
    }

    @Test
    void sixtyFourFitAndNoMore() {
        Engine engine = engine(headroom(solo("a", concurrency(100))));

        assertThat(engine.batch(List.of(), asks(engine, 64)))
                .extracting(Reply::status)
                .containsOnly("GRANTED");
        assertThatThrownBy(() -> engine.batch(List.of(), asks(engine, 65)))
                .hasMessageContaining("BADARG acquires is 65, expected an integer of 1 to 64");
    }

    @ParameterizedTest
    @CsvSource({
        "0,0,BADARG acquires is 0",
        "65,0,BADARG settles is 65",
        "-1,1,BADARG settles is -1",
        "1,-1,BADARG acquires is -1",
        "40,25,BADARG acquires is 25",
        "1,1,BADARG words is 1"
    })
    void anEmptyOrUnevenBatchIsRefused(String settles, String acquires, String problem) {
        Engine engine = twoAccounts();

        assertThatThrownBy(() -> engine.scripts.run(
                        Script.BATCH, engine.prefix + "meta", List.of("", settles, acquires, "word")))
                .hasMessageContaining(problem);
    }

    @Test
    void aPoolThatIsNotRegisteredIsTold() {
        Engine engine = twoAccounts();
        List<String> args = new ArrayList<>(List.of("", "0", "1"));
        args.addAll(ask(engine));

        assertThat(engine.scripts
                        .run(Script.BATCH, "keycoord:{none}:meta", args)
                        .status())
                .isEqualTo("NO_POOL");
    }

    private Engine twoAccounts() {
        return engine(headroom(
                solo("a", limits(perMinute(600), perMinute(100_000), 5)),
                solo("b", limits(perMinute(600), perMinute(100_000), 5))));
    }

    private static List<String> ask(Engine engine) {
        return engine.words(engine.nextId(), Ask.tokens(10));
    }

    private static List<List<String>> asks(Engine engine, int count) {
        return IntStream.range(0, count).mapToObj(i -> ask(engine)).toList();
    }

    private static List<String> success(Engine engine, Answer lease) {
        return engine.words(lease.id(), lease.record(), How.success(5));
    }
}
