package io.keycoord.redis.model;

import io.keycoord.Priority;
import io.keycoord.config.PoolConfig;
import io.keycoord.model.Cost;
import java.util.List;

/** One step of a program. Leases are named by tickets, so that a step means something whatever precedes it. */
sealed interface Step {

    /**
     * Asks for a lease; with a ticket that was used before it is a repeat. {@code sentAgoUs} below 0: not told. {@code
     * tenant} empty: for nobody in particular.
     */
    record Acquire(
            int ticket,
            Cost cost,
            long maxWaitUs,
            String model,
            String tenant,
            String noKeys,
            String noAccounts,
            long sentAgoUs,
            long ttlMs,
            Session session,
            String endpoint,
            Turn turn,
            Priority priority)
            implements Step {

        /** For no model that the endpoints would know, of no particular importance. */
        Acquire(
                int ticket,
                Cost cost,
                long maxWaitUs,
                String model,
                String tenant,
                String noKeys,
                String noAccounts,
                long sentAgoUs,
                long ttlMs,
                Session session) {
            this(
                    ticket,
                    cost,
                    maxWaitUs,
                    model,
                    tenant,
                    noKeys,
                    noAccounts,
                    sentAgoUs,
                    ttlMs,
                    session,
                    "",
                    Turn.NONE,
                    Priority.NORMAL);
        }

        Acquire(
                int ticket,
                Cost cost,
                long maxWaitUs,
                String model,
                String tenant,
                String noKeys,
                String noAccounts,
                long sentAgoUs,
                long ttlMs) {
            this(ticket, cost, maxWaitUs, model, tenant, noKeys, noAccounts, sentAgoUs, ttlMs, Session.NONE);
        }
    }

    /** What the request belongs to; empty for nothing. The units it prefers are those that can serve {@code model}. */
    record Session(String name, String model) {
        static final Session NONE = new Session("", "");
    }

    /**
     * Where it waits, empty if it does not; whether it is the one that waits there already; and whether another one waits
     * behind it.
     */
    record Turn(String room, boolean waited, boolean hasNext) {
        static final Turn NONE = new Turn("", false, false);
    }

    /** Somebody who waits gives up. */
    record Leave(int worker, String room) implements Step {}

    /**
     * A worker says that it is there, or goes. {@code sentAgoUs} below 0: not told. {@code believed}: the share that it goes
     * by, in millionths; below 0: the one that it was told last.
     */
    record Present(int worker, long sentAgoUs, String how, long believed, long windowMs) implements Step {}

    /** Ends a lease, with the record of its grant if there is one and it is {@code told}. */
    record Settle(
            int ticket,
            boolean told,
            String outcome,
            Cost used,
            String failure,
            String scope,
            long blockMs,
            String endpoint,
            long latencyMs,
            long jitter,
            String learnt)
            implements Step {}

    /** Settles and then acquires in one call. */
    record Batch(List<Settle> settles, List<Acquire> acquires) implements Step {
        public Batch {
            settles = List.copyOf(settles);
            acquires = List.copyOf(acquires);
        }
    }

    /** Renews some leases and asks after others that may lie ahead. */
    record Renew(List<Integer> tickets, List<Integer> waiting, long ttlMs) implements Step {
        public Renew {
            tickets = List.copyOf(tickets);
            waiting = List.copyOf(waiting);
        }
    }

    /** A worker tells of leases that Redis may have lost. */
    record Hold(List<Integer> tickets, long ttlMs) implements Step {
        public Hold {
            tickets = List.copyOf(tickets);
        }
    }

    /** An operator drains, enables, resets or rotates a key. */
    record Operate(String action, String key) implements Step {}

    /** A health check asks for its turn with a key, or brings it back. */
    record Revive(String action, String key, String causes, long restMs, long longestMs) implements Step {}

    /** Somebody asks why a request would get which key. */
    record Explain(Cost cost, String model, String tenant, Priority priority) implements Step {}

    /** What the provider told about a key outside of any call. */
    record Report(String key, long blockMs, String models, String learnt) implements Step {}

    /**
     * Another configuration of the pool is registered. {@code broken}: who does that dies before it has removed what the
     * configuration does not have.
     */
    record Change(PoolConfig config, String start, boolean broken) implements Step {
        @Override
        public String toString() {
            return "Change[" + start + (broken ? ", broken" : "") + ", " + config.strategy() + ", " + config.breaker()
                    + ", " + config.accounts() + ", " + config.tenants() + ", " + config.overall() + "]";
        }
    }

    /** An operator switches the pool. */
    record Switch(String to) implements Step {}

    /** Moves the server's clock, back if below 0. */
    record Advance(long micros) implements Step {}

    /** Moves the server's clock by the last denial's hint and a little more or less. */
    record Wait(long beyondUs) implements Step {}
}
