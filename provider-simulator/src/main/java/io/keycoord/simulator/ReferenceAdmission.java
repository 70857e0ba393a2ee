package io.keycoord.simulator;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * What one all-knowing server in front of the accounts could have had admitted: the yardstick for any real coordinator.
 *
 * <p>It takes the demand in order of arrival and gives each call to the account that can admit it earliest; between
 * accounts that can at the same instant, to the one with the largest part of its tokens left on arrival (of its requests,
 * where tokens are not limited), then to the first. A call waits as long as it must. Within one account no call overtakes an
 * earlier one; between accounts it may. So no account stands idle while a call waits that it could serve, unless an
 * earlier call waits for it already. Nothing is ever refused, so it does not matter what refused calls cost.
 *
 * <p>Exact: the same limiters decide as in the simulator. Deterministic. Immutable, safe for use by many threads.
 */
public final class ReferenceAdmission {

    /** The instant of a call that no account could ever admit. */
    public static final long NEVER = Long.MAX_VALUE;

    /**
     * When a call was admitted, and by whom.
     *
     * @param demand the call
     * @param admittedNanos since the start of the replay, or {@link #NEVER}
     * @param account the account's id; empty if never
     */
    public record Admission(Demand demand, long admittedNanos, String account) {}

    /**
     * What was admitted in a span of time.
     *
     * @param requests calls
     * @param tokensAsked prompt and {@code max_tokens} of them
     * @param tokensUsed prompt and completion of them
     */
    public record Admitted(long requests, long tokensAsked, long tokensUsed) {}

    private final List<Admission> admissions;

    private ReferenceAdmission(List<Admission> admissions) {
        this.admissions = admissions;
    }

    /**
     * Replays demand against fresh accounts.
     *
     * @param accounts at least one; their keys do not matter
     * @param demand in any order; it is sorted by offset, and equal offsets stay as given
     * @param startNanos the instant of offset 0, nanoseconds since the epoch, which places fixed windows; at least 0
     * @throws IllegalArgumentException if there is no account, or {@code startNanos} is negative
     */
    public static ReferenceAdmission replay(List<SimulatedAccount> accounts, List<Demand> demand, long startNanos) {
        Check.that(!accounts.isEmpty(), () -> "accounts is empty, expected at least one account");
        Check.range("startNanos", startNanos, 0, Long.MAX_VALUE / 4);
        List<ReferenceAccount> servers =
                accounts.stream().map(ReferenceAccount::new).toList();
        List<Demand> sorted = new ArrayList<>(demand);
        sorted.sort(Comparator.comparingLong(Demand::offsetNanos));
        List<Admission> admissions = new ArrayList<>(sorted.size());
        for (Demand call : sorted) {
            admissions.add(admit(servers, call, startNanos));
        }
        return new ReferenceAdmission(List.copyOf(admissions));
    }

    /** One for each call, in order of arrival. */
    public List<Admission> admissions() {
        return admissions;
    }

    /** What was admitted from {@code fromNanos}, inclusive, to {@code toNanos}, exclusive, since the start. */
    public Admitted between(long fromNanos, long toNanos) {
        long requests = 0;
        long asked = 0;
        long used = 0;
        for (Admission admission : admissions) {
            if (admission.admittedNanos >= fromNanos && admission.admittedNanos < toNanos) {
                requests++;
                asked += admission.demand.tokensAsked();
                used += admission.demand.tokensUsed();
            }
        }
        return new Admitted(requests, asked, used);
    }

    private static Admission admit(List<ReferenceAccount> servers, Demand call, long startNanos) {
        long arrival = startNanos + call.offsetNanos();
        ReferenceAccount best = servers.get(0);
        long earliest = NEVER;
        double headroom = -1;
        for (ReferenceAccount server : servers) {
            long at = server.earliest(arrival, call.tokensAsked());
            double left = server.headroom(arrival);
            if (at < earliest || (at == earliest && left > headroom)) {
                best = server;
                earliest = at;
                headroom = left;
            }
        }
        if (earliest == NEVER) {
            return new Admission(call, NEVER, "");
        }
        best.take(earliest, call);
        return new Admission(call, earliest - startNanos, best.id());
    }
}
