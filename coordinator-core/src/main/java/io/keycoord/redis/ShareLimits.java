package io.keycoord.redis;

import io.keycoord.Dimension;
import io.keycoord.config.LimitConfig;
import io.keycoord.config.RateLimit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A worker's share of all limits of a pool during one absence of Redis. Slots are shared from when the leases that were out have
 * ended or were renewed; calls that go on for longer than that count with no share. Not safe for use by many threads.
 */
final class ShareLimits {
    /** Who is charged, and what that allows. */
    record Owner(String id, LimitConfig limits) {}

    /** What a call takes of each dimension. */
    record Cost(long input, long output, long money) {
        long of(Dimension dimension) {
            return switch (dimension) {
                case REQUESTS -> 1;
                case TOKENS -> input + output;
                case INPUT_TOKENS -> input;
                case OUTPUT_TOKENS -> output;
                case MONEY -> money;
            };
        }

        /** How much more another one is, where it is. */
        Cost beyond(Cost less) {
            return new Cost(
                    Math.max(0, input - less.input),
                    Math.max(0, output - less.output),
                    Math.max(0, money - less.money));
        }
    }

    private record MeterName(String owner, Dimension dimension, long windowNanos) {}

    private final long share;
    private final long begin;
    private final long slotsBegin;
    private final Map<MeterName, ShareMeter> meters = new HashMap<>();
    private final Map<String, Integer> inFlight = new HashMap<>();

    /**
     * Of so many millionths, from {@code begin} on.
     *
     * @param slotsBegin when no lease of before is under way any more that was not renewed
     */
    ShareLimits(long share, long begin, long slotsBegin) {
        this.share = share;
        this.begin = begin;
        this.slotsBegin = slotsBegin;
    }

    /** The first instant from now on at which all owners admit the call, as far as time decides. */
    long earliest(List<Owner> owners, Cost cost, long now) {
        long earliest = Math.max(now, begin);
        for (Owner owner : owners) {
            if (owner.limits().concurrency().isPresent()) {
                earliest = Math.max(earliest, slot(owner, now));
            }
            for (Charge charge : charges(owner)) {
                long units = cost.of(charge.dimension);
                if (units > 0 || charge.dimension != Dimension.MONEY) {
                    earliest = Math.max(earliest, charge.meter.earliest(units, now));
                }
            }
        }
        return earliest;
    }

    /** When nobody knows when a slot comes back, a second from now. */
    private long slot(Owner owner, long now) {
        long most = ShareMeter.part(owner.limits().concurrency().orElseThrow(), share);
        if (most == 0) {
            return ShareMeter.NEVER;
        } else if (inFlight.getOrDefault(owner.id(), 0) >= most) {
            return now + 1_000_000_000L;
        }
        return Math.max(now, slotsBegin);
    }

    /** Charges it to all of them. */
    void take(List<Owner> owners, Cost cost, long now) {
        owners.forEach(owner -> inFlight.merge(owner.id(), 1, Integer::sum));
        add(owners, cost, now, true);
    }

    /** A call has ended that used so much more than was charged for it. Nothing comes back of one that used less. */
    void end(List<Owner> owners, Cost more, long now) {
        owners.forEach(owner -> inFlight.merge(owner.id(), -1, Integer::sum));
        add(owners, more, now, false);
    }

    private void add(List<Owner> owners, Cost cost, long now, boolean asRequest) {
        for (Owner owner : owners) {
            for (Charge charge : charges(owner)) {
                long units = cost.of(charge.dimension);
                if (units > 0 && (asRequest || charge.dimension != Dimension.REQUESTS)) {
                    charge.meter.add(units, now);
                }
            }
        }
    }

    private record Charge(Dimension dimension, ShareMeter meter) {}

    private List<Charge> charges(Owner owner) {
        List<Charge> charges = new ArrayList<>();
        owner.limits().rates().forEach((dimension, limits) -> {
            for (RateLimit limit : limits) {
                MeterName name =
                        new MeterName(owner.id(), dimension, limit.window().toNanos());
                charges.add(new Charge(
                        dimension, meters.computeIfAbsent(name, n -> ShareMeter.of(dimension, limit, share, begin))));
            }
        });
        return charges;
    }
}
