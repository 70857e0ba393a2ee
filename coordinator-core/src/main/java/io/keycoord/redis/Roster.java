package io.keycoord.redis;

import io.keycoord.LeaseRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Who can serve a request, as far as this worker knows: units of accounts, with those of their keys that it has secrets
 * for. Safe for use by many threads.
 */
final class Roster {

    /**
     * A unit and its keys.
     *
     * @param unit its id in Redis
     * @param group the number of its group
     * @param account the id of its account
     * @param keys at least one
     */
    record Seat(String unit, long group, String account, List<String> keys) {}

    /** One key, and whose it is. */
    record Pick(String account, String key) {}

    private final List<Seat> seats;
    private final List<Pick> picks = new ArrayList<>();
    private final AtomicInteger turn = new AtomicInteger();

    Roster(List<Seat> seats) {
        this.seats = List.copyOf(seats);
        for (Seat seat : seats) {
            seat.keys().forEach(key -> picks.add(new Pick(seat.account(), key)));
        }
    }

    List<Seat> seats() {
        return seats;
    }

    /** The key whose turn it is; empty if the request excludes them all, or there is none. */
    Optional<Pick> next(LeaseRequest request) {
        for (int i = 0; i < picks.size(); i++) {
            Pick pick = picks.get(Math.floorMod(turn.getAndIncrement(), picks.size()));
            if (!request.excludedKeys().contains(pick.key())
                    && !request.excludedAccounts().contains(pick.account())) {
                return Optional.of(pick);
            }
        }
        return Optional.empty();
    }
}
