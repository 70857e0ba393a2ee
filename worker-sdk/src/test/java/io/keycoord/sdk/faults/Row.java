package io.keycoord.sdk.faults;

import io.keycoord.sdk.call.CallOptions;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;

/**
 * One row of the catalogue: what a provider does wrong, and all that may follow from it.
 *
 * @param fault what it does, in words
 * @param provider whose profile the pool has
 * @param kinds of calls that can meet it
 * @param replies to the first calls; all others get a good answer
 * @param goodFirst how many of the replies are good ones, to calls that are made before the one that is looked at
 * @param sent how many calls the provider gets in all for the one
 * @param caller what the caller is told in the end
 * @param blame what is held against whom afterwards
 * @param rest for how long, zero where nothing rests
 * @param options of the client
 */
record Row(
        String fault,
        String provider,
        Set<Kind> kinds,
        List<Reply> replies,
        int goodFirst,
        int sent,
        Told caller,
        Blame blame,
        Duration rest,
        UnaryOperator<CallOptions> options) {

    enum Kind {
        PLAIN,
        STREAM
    }

    /** What the caller is told. */
    enum Told {
        GOOD_ANSWER("a good answer"),
        /** An answer with a status of 400 or more. */
        REFUSAL("the refusal"),
        /** A success whose body is not one: the bytes are the caller's to judge. */
        AS_SENT("what was sent"),
        BROKEN("IOException"),
        STALLED("AnswerStalledException"),
        NO_KEY("LeaseUnavailableException");

        final String words;

        Told(String words) {
            this.words = words;
        }
    }

    /** What stands in Redis when all is over; never more than one of these, and never of another key than the one that met it. */
    enum Blame {
        NOBODY("nothing"),
        /** A failure in a row of failures of the model, whoever calls it. */
        MODEL_FAILS("model fails"),
        /** And one error in the key's breaker, since another account has just succeeded with the model. */
        MODEL_FAILS_FOR_KEY("model fails, error of the key"),
        MODEL_RESTS("model rests"),
        /** The account, for the models that share the limit. */
        MODELS_OF_ACCOUNT("account's models rest"),
        ACCOUNT("account rests"),
        KEY("key rests"),
        /** One error in the key's breaker. */
        KEY_ERROR("error of the key"),
        /** The key's breaker is open: it is out until a probe. */
        CREDENTIAL("key is out");

        final String words;

        Blame(String words) {
            this.words = words;
        }
    }

    /** A fault that one try meets; the next one is good, and nothing is held against anybody. */
    static Row of(String fault, Reply... replies) {
        return new Row(
                fault,
                "openai",
                Set.of(Kind.values()),
                List.of(replies),
                0,
                replies.length + 1,
                Told.GOOD_ANSWER,
                Blame.NOBODY,
                Duration.ZERO,
                options -> options);
    }

    Row by(String other) {
        return new Row(fault, other, kinds, replies, goodFirst, sent, caller, blame, rest, options);
    }

    Row only(Kind kind) {
        return new Row(fault, provider, Set.of(kind), replies, goodFirst, sent, caller, blame, rest, options);
    }

    Row onAKeptConnection() {
        return new Row(fault, provider, kinds, replies, 1, sent, caller, blame, rest, options);
    }

    /** What follows if it is not served in the end. */
    Row ends(Told told, int calls) {
        return new Row(fault, provider, kinds, replies, goodFirst, calls, told, blame, rest, options);
    }

    Row blames(Blame whom) {
        return blames(whom, Duration.ZERO);
    }

    Row blames(Blame whom, Duration time) {
        return new Row(fault, provider, kinds, replies, goodFirst, sent, caller, whom, time, options);
    }

    Row with(UnaryOperator<CallOptions> change) {
        return new Row(fault, provider, kinds, replies, goodFirst, sent, caller, blame, rest, change);
    }

    /** As a line of a table. */
    String line() {
        String kind = kinds.size() == 2 ? "both" : kinds.iterator().next() == Kind.PLAIN ? "plain" : "stream";
        String held = rest.isZero() ? blame.words : blame.words + " " + rest.toSeconds() + " s";
        return "| " + String.join(" | ", fault, provider, kind, Integer.toString(sent), caller.words, held) + " |";
    }

    @Override
    public String toString() {
        return fault;
    }
}
