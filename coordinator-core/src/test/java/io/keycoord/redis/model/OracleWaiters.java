package io.keycoord.redis.model;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Who waits since when, as the callers of a history know it, and what Redis holds for those it has called. */
final class OracleWaiters {
    private static final long GRACE_US = 50_000;

    /** Who asks. */
    record Asker(String worker, Step.Turn turn) {
        String member() {
            return worker + "/" + turn.room();
        }
    }

    private final Map<String, Long> since = new HashMap<>();

    /** Empty for one that has not waited. */
    String ticket(Asker asker) {
        Long began = asker.turn.waited() ? since.get(asker.member()) : null;
        return began == null ? "" : began.toString();
    }

    /**
     * Takes note of an answer.
     *
     * @return slots that were held for those who have waited longer than this one, by owner
     * @throws AssertionError if one was called that is not known to wait, or slots are held for too long
     */
    Map<String, Long> answered(Asker asker, List<String> reply, Map<String, Map<String, String>> state) {
        long now = Long.parseLong(reply.get(1));
        String ticket = ticket(asker);
        long rank = ticket.isEmpty() ? now + 1 : Long.parseLong(ticket);
        Map<String, Long> held = new HashMap<>();
        state.getOrDefault("called", Map.of()).forEach((member, until) -> {
            boolean own = !ticket.isEmpty() && member.equals(asker.member());
            if (!member.equals("-") && !own) {
                hold(state.getOrDefault("waiters", Map.of()).getOrDefault(member, ""), rank, held);
                if (Long.parseLong(until) - now > GRACE_US) {
                    throw new AssertionError(member + " is waited for too long: until " + until + " at " + now);
                }
            }
        });
        note(asker, ticket, reply, now);
        return held;
    }

    private static void hold(String record, long rank, Map<String, Long> held) {
        Map<String, String> words = new HashMap<>();
        Arrays.stream(record.split(" ", -1)).forEach(word -> words.put(word.split("=", 2)[0], word.split("=", 2)[1]));
        if (Long.parseLong(words.getOrDefault("rank", "")) < rank) {
            Arrays.stream(words.getOrDefault("holds", "").split(",", -1))
                    .filter(id -> !id.isEmpty())
                    .forEach(id -> held.merge(id, 1L, Long::sum));
        }
    }

    private void note(Asker asker, String ticket, List<String> reply, long now) {
        if (asker.turn.room().isEmpty()) {
            return;
        }
        boolean granted = reply.get(0).equals("GRANTED");
        if (!granted) {
            since.putIfAbsent(asker.member(), now);
        } else if (asker.turn.hasNext() && !ticket.isEmpty()) {
            since.put(asker.member(), now);
        } else {
            since.remove(asker.member());
        }
    }
}
