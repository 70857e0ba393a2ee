package io.keycoord.redis;

import io.keycoord.LeaseRequest;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Who can serve a request, as far as this worker knows: units of accounts, with those of their keys that it has secrets
 * for. Safe for use by many threads.
 */
final class Roster {
    private static final int PREFERRED = 3;
    private static final int SESSIONS_REMEMBERED = 4_096;

    /**
     * A unit and its keys.
     *
     * @param unit its id in Redis
     * @param group the number of its group
     * @param account the id of its account
     * @param keys at least one
     */
    record Seat(String unit, long group, String account, List<String> keys) {

        /** As {@code lua/acquire.lua} wants it, with the key to be looked at first if there are several. */
        String preferring(String key) {
            return unit + "@" + group + (keys.size() == 1 ? "" : "/" + key);
        }
    }

    /** One key, and whose it is. */
    record Pick(String account, String key) {}

    /** What a session is to be given: the best first. */
    private record Preferred(List<Pick> picks, String words) {}

    private record Scored(long score, int index) {}

    private final List<Seat> seats;
    private final long[] marks;
    private final List<Pick> picks = new ArrayList<>();
    private final AtomicInteger turn = new AtomicInteger();
    private final Map<String, Preferred> sessions; // guarded by itself

    Roster(List<Seat> seats) {
        this.seats = List.copyOf(seats);
        this.marks = seats.stream()
                .mapToLong(seat -> Rendezvous.mark(seat.account()))
                .toArray();
        this.sessions = new LinkedHashMap<>(16, 0.75f, true) {
            private static final long serialVersionUID = 1L;

            @Override
            protected boolean removeEldestEntry(Map.Entry<String, Preferred> eldest) {
                return size() > SESSIONS_REMEMBERED;
            }
        };
        for (Seat seat : seats) {
            seat.keys().forEach(key -> picks.add(new Pick(seat.account(), key)));
        }
    }

    /** The units that a session prefers, the best first, in the words of {@code lua/acquire.lua}. */
    String preferred(String session) {
        return of(session).words();
    }

    /** How many sessions are remembered. */
    int remembered() {
        synchronized (sessions) {
            return sessions.size();
        }
    }

    private Preferred of(String session) {
        synchronized (sessions) {
            Preferred known = sessions.get(session);
            if (known != null) {
                return known;
            }
        }
        Preferred preferred = compute(session);
        synchronized (sessions) {
            sessions.put(session, preferred);
        }
        return preferred;
    }

    private Preferred compute(String session) {
        long mark = Rendezvous.mark(session);
        List<Seat> best = best(mark);
        List<Pick> its = best.stream()
                .map(seat -> new Pick(seat.account(), Rendezvous.best(mark, seat.keys())))
                .toList();
        StringBuilder words = new StringBuilder();
        for (int i = 0; i < its.size(); i++) {
            words.append(i == 0 ? "" : ",")
                    .append(best.get(i).preferring(its.get(i).key()));
        }
        return new Preferred(its, words.toString());
    }

    private List<Seat> best(long session) {
        Comparator<Scored> worstFirst = Comparator.comparingLong(Scored::score);
        PriorityQueue<Scored> best = new PriorityQueue<>(worstFirst);
        for (int i = 0; i < marks.length; i++) {
            long score = Rendezvous.score(session, marks[i]);
            Scored worst = best.size() < PREFERRED ? null : best.element();
            if (worst == null || score > worst.score()) {
                if (worst != null) {
                    best.remove();
                }
                best.add(new Scored(score, i));
            }
        }
        return best.stream()
                .sorted(worstFirst.reversed())
                .map(scored -> seats.get(scored.index()))
                .collect(Collectors.toList());
    }

    /** The key that the request's session prefers, or else whose turn it is; empty if the request excludes them all. */
    Optional<Pick> next(LeaseRequest request) {
        return next(request, pick -> true);
    }

    /** The same of those that are {@code usable}. */
    Optional<Pick> next(LeaseRequest request, Predicate<Pick> usable) {
        Predicate<Pick> admitted = pick -> admits(request, pick) && usable.test(pick);
        Stream<Pick> preferred = request.affinity().stream().flatMap(session -> of(session).picks().stream());
        return preferred.filter(admitted).findFirst().or(() -> inTurn(admitted));
    }

    private Optional<Pick> inTurn(Predicate<Pick> admitted) {
        for (int i = 0; i < picks.size(); i++) {
            Pick pick = picks.get(Math.floorMod(turn.getAndIncrement(), picks.size()));
            if (admitted.test(pick)) {
                return Optional.of(pick);
            }
        }
        return Optional.empty();
    }

    private static boolean admits(LeaseRequest request, Pick pick) {
        return !request.excludedKeys().contains(pick.key())
                && !request.excludedAccounts().contains(pick.account());
    }
}
