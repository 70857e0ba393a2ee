package io.keycoord.redis;

import io.keycoord.Dimension;
import io.keycoord.config.RateLimit;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * A worker's share of one limit while it is cut off. Times are nanoseconds of this worker's clock. Not safe for use by many
 * threads.
 *
 * <p>A bucket begins empty, fills at the share of its rate and holds the share of its burst. Of a window nothing is admitted until
 * it has gone by once, for what others were granted before still counts; then never more than the share of the amount in any
 * span of that length. So with what is withheld in Redis meanwhile the whole limit is never passed.
 */
abstract sealed class ShareMeter {
    static final long NEVER = Long.MAX_VALUE;

    private static final long MILLIONTHS = 1_000_000;

    /** Of what is not divided nothing is admitted. */
    static ShareMeter of(Dimension dimension, RateLimit limit, long share, long begin) {
        if (!LimitRow.isDivided(dimension, limit)) {
            return new Window(0, 0, begin);
        }
        return limit.mode() == RateLimit.Mode.BUCKET
                ? new Bucket(limit, share, begin)
                : new Window(part(limit.amount(), share), spanNanos(limit), begin);
    }

    /** How long what it admits counts. */
    static long spanNanos(RateLimit limit) {
        return limit.window().plus(limit.arrivalJitter()).toNanos();
    }

    static long part(long amount, long share) {
        return amount * share / MILLIONTHS;
    }

    /** The first instant from now on at which so much is admitted; {@link #NEVER} if that is too much. */
    abstract long earliest(long cost, long now);

    /** Counts it, admitted or not. */
    abstract void add(long cost, long now);

    private static final class Bucket extends ShareMeter {
        private final double holds;
        private final double perNano;
        private double level;
        private long asOf;

        Bucket(RateLimit limit, long share, long begin) {
            double inFlight = (double) limit.amount()
                    * limit.arrivalJitter().toNanos()
                    / limit.window().toNanos();
            this.holds = Math.floor((limit.burst() - inFlight) * share / MILLIONTHS);
            this.perNano = (double) part(limit.amount(), share) / limit.window().toNanos();
            this.asOf = begin;
        }

        private void fill(long now) {
            if (now > asOf) {
                level = Math.min(holds, level + (now - asOf) * perNano);
                asOf = now;
            }
        }

        @Override
        long earliest(long cost, long now) {
            fill(now);
            if (cost > holds || perNano == 0) {
                return NEVER;
            }
            return level >= cost ? Math.max(now, asOf) : asOf + (long) Math.ceil((cost - level) / perNano);
        }

        @Override
        void add(long cost, long now) {
            fill(now);
            level -= cost;
        }
    }

    private static final class Window extends ShareMeter {
        private static final int SLOTS = 60;

        private record Slot(long at, long count) {}

        private final long most;
        private final long span;
        private final long begin;
        private final Deque<Slot> slots = new ArrayDeque<>();

        Window(long most, long span, long begin) {
            this.most = most;
            this.span = span;
            this.begin = begin;
        }

        @Override
        long earliest(long cost, long now) {
            if (cost > most) {
                return NEVER;
            }
            long newer = 0;
            for (Slot slot : (Iterable<Slot>) slots::descendingIterator) {
                newer += slot.count();
                if (newer + cost > most) {
                    return Math.max(Math.max(now, begin + span), slot.at() + span);
                }
            }
            return Math.max(now, begin + span);
        }

        /** What comes soon after another counts with it, and as late as the later of them. */
        @Override
        void add(long cost, long now) {
            while (!slots.isEmpty() && slots.getFirst().at() + span <= now) {
                slots.removeFirst();
            }
            long count = cost;
            if (!slots.isEmpty()
                    && slots.getLast().count() > 0
                    && isOfOneSlot(slots.getLast().at(), now)) {
                count += slots.removeLast().count();
            }
            slots.addLast(new Slot(now, count));
        }

        private boolean isOfOneSlot(long earlier, long later) {
            long width = span / SLOTS;
            return earlier / width == later / width;
        }
    }
}
