package io.keycoord.redis.model;

import io.keycoord.model.ReferenceModel;
import io.keycoord.model.Verb;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * A script that a worker called, and what the server replied, whether the worker has heard it or not.
 *
 * @param meta the Redis key of the pool
 * @param reply a text, or a list of these and of lists
 */
record ChaosCall(String worker, String script, String meta, List<String> args, Object reply) {
    private static final int SETTLE_WORDS = 14;
    private static final int ACQUIRE_WORDS = 18;
    private static final int EPOCH_DIGITS = 12;

    /** Where nothing was done there is no instant: the pool was not there, or the script unknown. */
    boolean isDated() {
        return dated(reply) >= 0;
    }

    /** When it was made, by the pool's clock. */
    long now() {
        return dated(reply);
    }

    String status() {
        return reply instanceof List<?> list ? String.valueOf(list.get(0)) : String.valueOf(reply);
    }

    boolean isGrant() {
        return status().equals("GRANTED");
    }

    private static long dated(Object reply) {
        if (!(reply instanceof List<?> list)) {
            return -1;
        }
        if (list.get(0).equals("BATCH")) {
            return list.stream().mapToLong(ChaosCall::dated).max().orElse(-1);
        }
        return list.size() > 1 && list.get(1) instanceof String word && word.matches("\\d{16}")
                ? Long.parseLong(word)
                : -1;
    }

    /** How often the pool's sequence has begun anew, as the reply tells; 0 if it tells nothing. */
    long epoch() {
        HistoryCall first = calls().stream().findFirst().orElse(null);
        if (first == null || first.reply().size() < 3 || !first.reply().get(2).matches("\\d+")) {
            return 0;
        }
        String seq = first.reply().get(2);
        return seq.length() <= EPOCH_DIGITS ? 0 : Long.parseLong(seq.substring(0, seq.length() - EPOCH_DIGITS));
    }

    ChaosCall replied(Object other) {
        return new ChaosCall(worker, script, meta, args, other);
    }

    /** What the model replies to it at that instant. */
    Object replay(ReferenceModel model, long now) {
        List<String> dated = new ArrayList<>(args);
        dated.set(0, Long.toString(now));
        return switch (script) {
            case "batch" -> model.batch(dated);
            case "recover" -> model.recover(dated);
            default -> model.run(Verb.valueOf(script.toUpperCase(Locale.ROOT)), dated);
        };
    }

    /** What it consists of: a batch of several, any other of itself; registrations and recoveries of nothing. */
    List<HistoryCall> calls() {
        if (!(reply instanceof List<?> list)) {
            return List.of();
        }
        return switch (script) {
            case "acquire", "settle", "renew", "leave", "hold" ->
                List.of(call(Verb.valueOf(script.toUpperCase(Locale.ROOT)), args, list));
            case "batch" -> parts(list);
            default -> List.of();
        };
    }

    private List<HistoryCall> parts(List<?> replies) {
        List<HistoryCall> parts = new ArrayList<>();
        int settles = Integer.parseInt(args.get(1));
        int at = 3;
        for (int i = 0; i + 1 < replies.size(); i++) {
            int words = i < settles ? SETTLE_WORDS : ACQUIRE_WORDS;
            List<String> own = new ArrayList<>(List.of(""));
            own.addAll(args.subList(at, at + words));
            at += words;
            parts.add(call(i < settles ? Verb.SETTLE : Verb.ACQUIRE, own, (List<?>) replies.get(i + 1)));
        }
        return parts;
    }

    private HistoryCall call(Verb verb, List<String> own, List<?> words) {
        return new HistoryCall(
                worker, meta, verb, own, words.stream().map(String::valueOf).toList());
    }
}
