package io.keycoord.redis.model;

import io.keycoord.config.AccountConfig;
import io.keycoord.config.KeyConfig;
import io.keycoord.config.LimitConfig;
import io.keycoord.config.PoolConfig;
import io.keycoord.model.Verb;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * Each argument of each script, as the headers have them: what lies at the ends of its range is taken, what lies just
 * beyond is refused with its name, and nothing is written.
 */
final class ArgumentPlay {
    private static final String ID = "%w[%w._-]*";
    private static final String IDS = "[%w._,-]*";
    private static final String RECORD =
            "key=a worker=w tokens=1 input=1 money=0 since=1 unit=key:a group=1 start=1 gen=1 probe=0 budgets= v=";
    private static final List<String> ACQUIRE = List.of(
            "" + Play.NOON, "l", "w", "", "1000", "1", "1", "1", "0", "1", "", "", "", "", "", "", "", "", "normal");
    private static final List<String> SETTLE = List.of(
            "" + Play.NOON, "l", RECORD, "success", "1", "1", "1", "error", "none", "0", "why", "m", "100", "1000", "");
    private static final List<String> RENEW = List.of("" + Play.NOON, "1000", "l", "l");
    private static final List<String> SWITCH = List.of("" + Play.NOON, "shadow", "ops", "planned");
    private static final List<String> LEAVE = List.of("" + Play.NOON, "w", "a");
    private static final List<String> PRESENT = List.of("" + Play.NOON, "w", "", "here", "0", "60000");
    private static final List<String> OPERATE = List.of("" + Play.NOON, "drain", "a", "ops", "planned");

    private final Play play;
    private int leases;

    private ArgumentPlay() {
        AccountConfig account = AccountConfig.of(KeyConfig.of("a", "test:a"), LimitConfig.of("*"));
        PoolConfig pool = PoolConfig.of("arguments", "openai-compatible", URI.create("http://127.0.0.1:1/v1"), account);
        play = new Play(new Program(0, pool, "full", List.of()), false);
    }

    static Play play() {
        ArgumentPlay all = new ArgumentPlay();
        all.acquire();
        all.settle();
        all.renew();
        all.operate();
        all.switchTo();
        all.leave();
        all.present();
        return all.play;
    }

    private void acquire() {
        words(Verb.ACQUIRE, ACQUIRE, 1, "lease_id", ID, List.of("", "-a", ".a", "a b", "a\t"), List.of("a-._0", "7"));
        words(Verb.ACQUIRE, ACQUIRE, 2, "worker", ID, List.of("", "_a", "a b"), List.of("a-._0", "Z"));
        words(Verb.ACQUIRE, ACQUIRE, 3, "sent_us", "%d*", List.of("-1", "1.5", "a"), List.of("", "" + Play.NOON));
        numbers(Verb.ACQUIRE, ACQUIRE, 4, "ttl_ms", 1, 3_600_000);
        numbers(Verb.ACQUIRE, ACQUIRE, 5, "input", 0, 1_000_000_000);
        numbers(Verb.ACQUIRE, ACQUIRE, 6, "output", 0, 1_000_000_000);
        numbers(Verb.ACQUIRE, ACQUIRE, 7, "money", 0, 1_000_000_000_000L);
        numbers(Verb.ACQUIRE, ACQUIRE, 8, "max_wait_us", 0, 86_400_000_000L);
        words(Verb.ACQUIRE, ACQUIRE, 9, "groups", "[%d,]+", List.of("", "a", "1 2"), List.of("1", "1,1"));
        words(Verb.ACQUIRE, ACQUIRE, 12, "budgets", "[%w._:/,-]+", List.of("a b", "a;b"), List.of(""));
        String units = "at most 3 of <id>@<group>[/<key>]";
        for (String word : List.of("a", "key:a", "key:a@", "key:a@b", "pool@1", "key:a@1/", "key:a@1,", "key:-a@1")) {
            refused(Verb.ACQUIRE, ACQUIRE, 13, "prefer", word, units);
        }
        refused(Verb.ACQUIRE, ACQUIRE, 13, "prefer", "key:a@1,key:b@1,key:c@1,key:d@1", units);
        words(Verb.ACQUIRE, ACQUIRE, 15, "ticket", "%d*", List.of("-1", "1.5", "a"), List.of("", "1", "" + Play.NOON));
        words(Verb.ACQUIRE, ACQUIRE, 17, "next", "%d*", List.of("-1", "1.5", "a"), List.of("", "1", "" + Play.NOON));
        words(Verb.ACQUIRE, ACQUIRE, 16, "room", "%w*", List.of("a b", "a/b", "-"), List.of("", "r".repeat(32)));
        refused(Verb.ACQUIRE, ACQUIRE, 16, "room", "r".repeat(33), "at most 32 characters");
        List.of("", "NORMAL", "urgent", "batch ")
                .forEach(word -> refused(Verb.ACQUIRE, ACQUIRE, 18, "priority", word, "interactive, normal or batch"));
        List.of("interactive", "normal", "batch").forEach(word -> taken(Verb.ACQUIRE, ACQUIRE, 18, word));
        taken(Verb.ACQUIRE, ACQUIRE, 13, "key:a@1");
        taken(Verb.ACQUIRE, ACQUIRE, 13, "account:a/1@1/k.1,key:a@2,key:a@1");
        String model = "at most 128 characters without blanks";
        List.of("a b", "a\t", "a\u0001", "m".repeat(129))
                .forEach(word -> refused(Verb.ACQUIRE, ACQUIRE, 14, "endpoint", word, model));
        List.of("", "openai/gpt-4o:free", "m".repeat(128)).forEach(word -> taken(Verb.ACQUIRE, ACQUIRE, 14, word));
    }

    private void leave() {
        words(Verb.LEAVE, LEAVE, 1, "worker", ID, List.of("", "_a", "a b"), List.of("a-._0"));
        words(Verb.LEAVE, LEAVE, 2, "room", "%w+", List.of("", "a b", "a/b", "a-b"), List.of("a", "7"));
    }

    private void present() {
        words(Verb.PRESENT, PRESENT, 1, "worker", ID, List.of("", "_a", "a b"), List.of("a-._0"));
        words(Verb.PRESENT, PRESENT, 2, "sent_us", "%d*", List.of("-1", "1.5", "a"), List.of("", "" + Play.NOON));
        words(Verb.PRESENT, PRESENT, 3, "how", "%a+", List.of("", "1"), List.of("here", "busy", "gone"));
        refused(Verb.PRESENT, PRESENT, 3, "how", "there", "here, busy or gone");
        numbers(Verb.PRESENT, PRESENT, 4, "share", 0, 1_000_000);
        numbers(Verb.PRESENT, PRESENT, 5, "window_ms", 1, 3_600_000);
    }

    private void switchTo() {
        words(Verb.SWITCH, SWITCH, 1, "to", "%a+", List.of("", "sha-dow"), List.of("deny", "open", "shadow", "normal"));
        refused(Verb.SWITCH, SWITCH, 1, "to", "off", "normal, deny, open or shadow");
        words(Verb.SWITCH, SWITCH, 2, "by", "%C+", List.of("", "a\tb"), List.of("b".repeat(64)));
        refused(Verb.SWITCH, SWITCH, 2, "by", "b".repeat(65), "at most 64 characters");
        words(Verb.SWITCH, SWITCH, 3, "reason", "%C+", List.of("", "a\tb"), List.of("r".repeat(200)));
        refused(Verb.SWITCH, SWITCH, 3, "reason", "r".repeat(201), "at most 200 characters");
    }

    private void settle() {
        words(Verb.SETTLE, SETTLE, 1, "lease_id", ID, List.of("", "-a", "a b"), List.of("a-._0"));
        refused(Verb.SETTLE, SETTLE, 2, "record", "key=a", "the record that acquire replied");
        refused(Verb.SETTLE, SETTLE, 2, "record", RECORD + "x", "the record that acquire replied");
        words(Verb.SETTLE, SETTLE, 3, "outcome", "[%a_]+", List.of("", "a b", "1"), List.of("aborted", "key_failed"));
        numbers(Verb.SETTLE, SETTLE, 4, "input", -1, 1_000_000_000);
        numbers(Verb.SETTLE, SETTLE, 5, "output", -1, 1_000_000_000);
        numbers(Verb.SETTLE, SETTLE, 6, "money", -1, 1_000_000_000_000L);
        words(Verb.SETTLE, SETTLE, 7, "failure", "%a+", List.of("", "a_b", "1"), List.of("suspect"));
        words(Verb.SETTLE, SETTLE, 8, "block_scope", "[%a_]+", List.of("", "a-b"), List.of("key", "account_models"));
        numbers(Verb.SETTLE, SETTLE, 9, "block_ms", 0, 2_764_800_000L);
        words(Verb.SETTLE, SETTLE, 10, "why", "[%w_.-]+", List.of("", "a b", "a:b"), List.of("a_b.c-d"));
        numbers(Verb.SETTLE, SETTLE, 12, "latency_ms", -1, 86_400_000);
        numbers(Verb.SETTLE, SETTLE, 13, "jitter", 800, 1_200);
        String learnt = "at most 16 of slower, or <dimension> <window_ms> <limit> <left>";
        for (String word : List.of(
                "faster",
                "tokens 1 1",
                "tokens 1 1 1 1",
                "Tokens 1 1 1",
                "tokens 0 1 1",
                "tokens 2764800001 1 1",
                "tokens 1 1000000000001 1",
                "tokens 1 1 1000000000001",
                "tokens 1 -1 1")) {
            refused(Verb.SETTLE, SETTLE, 14, "learnt", word, learnt);
        }
        taken(Verb.SETTLE, SETTLE, 14, "slower");
        taken(Verb.SETTLE, SETTLE, 14, "tokens 1 0 0,money 2764800000 1000000000000 1000000000000,slower");
        taken(Verb.SETTLE, SETTLE, 14, "slower" + ",slower".repeat(15));
    }

    private void renew() {
        numbers(Verb.RENEW, RENEW, 1, "ttl_ms", 1, 3_600_000);
        words(Verb.RENEW, RENEW, 2, "lease_ids", IDS, List.of("a b", "a;b"), List.of("", "a,b"));
        words(Verb.RENEW, RENEW, 3, "waiting", IDS, List.of("a b", "a;b"), List.of("", "a,b"));
    }

    private void operate() {
        words(
                Verb.OPERATE,
                OPERATE,
                1,
                "action",
                "%a+",
                List.of("", "dr-ain"),
                List.of("drain", "enable", "reset", "rotate"));
        refused(Verb.OPERATE, OPERATE, 1, "action", "stop", "drain, enable, reset or rotate");
        words(Verb.OPERATE, OPERATE, 2, "key_id", "[%w._-]+", List.of("", "a b"), List.of("a", "a.b_c-d"));
        words(Verb.OPERATE, OPERATE, 3, "by", "%C+", List.of("", "a\tb"), List.of("b".repeat(64)));
        refused(Verb.OPERATE, OPERATE, 3, "by", "b".repeat(65), "at most 64 characters");
        words(Verb.OPERATE, OPERATE, 4, "reason", "%C+", List.of("", "a\tb"), List.of("r".repeat(200)));
        refused(Verb.OPERATE, OPERATE, 4, "reason", "r".repeat(201), "at most 200 characters");
    }

    private void words(
            Verb verb,
            List<String> usual,
            int index,
            String name,
            String pattern,
            List<String> bad,
            List<String> good) {
        bad.forEach(word -> refused(verb, usual, index, name, word, pattern));
        good.forEach(word -> taken(verb, usual, index, word));
    }

    private void numbers(Verb verb, List<String> usual, int index, String name, long low, long high) {
        String expected = "an integer of " + low + " to " + high;
        Consumer<String> refused = word -> refused(verb, usual, index, name, word, expected);
        List.of("" + (low - 1), "" + (high + 1), "", "x", "1.5", "1e3", "0x10", " 1", "--1")
                .forEach(refused);
        taken(verb, usual, index, "" + low);
        taken(verb, usual, index, "" + high);
        taken(verb, usual, index, "" + (low + high) / 2);
    }

    private void refused(Verb verb, List<String> usual, int index, String name, String word, String expected) {
        String shown = word.substring(0, Math.min(64, word.length()));
        play.add(
                verb,
                with(usual, index, word),
                List.of("error BADARG " + name + " is " + shown + ", expected " + expected));
    }

    /** An id that is the same each time would only be a repeat. */
    private void taken(Verb verb, List<String> usual, int index, String word) {
        List<String> args = with(usual, index, word);
        if (index != 1 && (verb == Verb.ACQUIRE || verb == Verb.SETTLE)) {
            args.set(1, "l" + leases++ / 2);
        }
        play.add(verb, args);
    }

    private static List<String> with(List<String> usual, int index, String word) {
        List<String> args = new ArrayList<>(usual);
        args.set(index, word);
        return args;
    }
}
