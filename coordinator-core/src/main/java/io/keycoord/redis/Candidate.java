package io.keycoord.redis;

import java.time.Duration;
import java.util.Comparator;

/**
 * A key that could serve a request, and why it would not be chosen now; or a budget that the request is charged to, a model
 * that rests, or what the whole pool is switched to.
 *
 * @param account whose limits it counts against; of a budget its name, {@code tenant:<id>} or {@code pool}; else
 *     {@code endpoint:<model>} or {@code switch}
 * @param models the class of models whose limits these are
 * @param key its id; empty for anything else
 * @param when whether, and of what kind, it has to be waited for
 * @param delay how long, if {@code when} is {@link When#LATER}; else zero
 * @param what what keeps it from serving: {@code requests}, {@code tokens}, {@code input_tokens}, {@code
 *     output_tokens}, {@code money}, {@code concurrency}, {@code block}, {@code breaker}, {@code probe}, {@code
 *     draining}, {@code disabled}, {@code no secret}, {@code reserved} for other tenants, {@code excluded} or {@code
 *     endpoint}; {@code deny}, {@code open} or {@code shadow} of the switch; empty if nothing does
 */
public record Candidate(String account, String models, String key, When when, Duration delay, String what) {

    /** When a key could serve. */
    public enum When {
        /** Now. Another one may be chosen all the same: the strategy decides. */
        NOW,
        /** At a time that is known, unless others are faster. */
        LATER,
        /** When something happens: a call ends, a probe answers. */
        EVENT,
        /** Not without a change: by an operator, of the limits, or of the request. */
        NEVER
    }

    static final Comparator<Candidate> EARLIEST_FIRST = Comparator.<Candidate, When>comparing(Candidate::when)
            .thenComparing(Candidate::delay)
            .thenComparing(Candidate::account)
            .thenComparing(Candidate::key);

    static Candidate of(String unit, String models, String key, long waitUs, String what) {
        When when = waitUs == 0 ? When.NOW : waitUs > 0 ? When.LATER : waitUs == -1 ? When.EVENT : When.NEVER;
        return new Candidate(account(unit), models, key, when, Duration.ofNanos(Math.max(0, waitUs) * 1000), what);
    }

    Candidate never(String why) {
        return new Candidate(account, models, key, When.NEVER, Duration.ZERO, why);
    }

    static String account(String unit) {
        if (!unit.startsWith("key:") && !unit.startsWith("account:")) {
            return unit;
        }
        String name = unit.substring(unit.indexOf(':') + 1);
        int slash = name.indexOf('/');
        return slash < 0 ? name : name.substring(0, slash);
    }
}
