package io.keycoord.redis.model;

import io.keycoord.model.ModelLease;
import java.util.List;

/** A lease as its reply told it, and what became of it. */
final class OracleGrant {
    final int ticket;
    final String record;
    final ModelLease lease;
    final OracleOwner unit;
    final OracleOwner key;

    /** All that it was charged to, the unit first. */
    final List<OracleOwner> owners;

    final List<OracleLimit.Charge> charges;
    long expiresMs;
    boolean settled;
    long settledMs;

    OracleGrant(
            int ticket,
            String record,
            OracleOwner unit,
            OracleOwner key,
            List<OracleOwner> owners,
            List<OracleLimit.Charge> charges,
            long expiresMs) {
        this.ticket = ticket;
        this.record = record;
        this.lease = ModelLease.parse(record);
        this.unit = unit;
        this.key = key;
        this.owners = owners;
        this.charges = charges;
        this.expiresMs = expiresMs;
    }

    boolean live(long nowMs) {
        return !settled && expiresMs > nowMs;
    }
}
