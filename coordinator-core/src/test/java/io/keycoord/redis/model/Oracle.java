package io.keycoord.redis.model;

import io.keycoord.config.AccountConfig;
import io.keycoord.config.KeyConfig;
import io.keycoord.config.LimitConfig;
import io.keycoord.config.PoolConfig;
import io.keycoord.config.RateLimit;
import io.keycoord.config.RateLimit.Counted;
import io.keycoord.config.RateLimit.Refund;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Judges the scripts by what the configuration promises and what was granted and settled, by brute force. It shares no
 * code with the scripts or with {@link ReferenceModel}, but for the parsing of a lease's record.
 */
final class Oracle {
    private static final int ROUNDS = 8;

    /** An account's class and one of its keys. */
    record Candidate(AccountConfig account, LimitConfig limits, OracleOwner unit, OracleOwner key) {}

    final Map<String, OracleOwner> owners = new LinkedHashMap<>();
    final List<Candidate> candidates = new ArrayList<>();
    final Map<Integer, OracleGrant> grants = new LinkedHashMap<>();

    Oracle(PoolConfig config) {
        for (AccountConfig account : config.accounts()) {
            List<LimitConfig> classes = account.limits().isEmpty() ? List.of(LimitConfig.NONE) : account.limits();
            for (int i = 0; i < classes.size(); i++) {
                OracleOwner unit = owner(unitId(account, classes, i), classes.get(i));
                for (KeyConfig key : account.keys()) {
                    candidates.add(
                            new Candidate(account, classes.get(i), unit, owner("key:" + key.id(), key.overall())));
                }
            }
        }
    }

    private static String unitId(AccountConfig account, List<LimitConfig> classes, int position) {
        boolean implicit = account.implicit()
                && classes.size() == 1
                && account.keys().get(0).overall().equals(LimitConfig.NONE);
        String suffix = classes.size() == 1 ? "" : "/" + (position + 1);
        return (implicit ? "key:" : "account:") + account.id() + suffix;
    }

    private OracleOwner owner(String id, LimitConfig limits) {
        return owners.computeIfAbsent(id, name -> new OracleOwner(id, limits));
    }

    private OracleOwner known(String id) {
        return Objects.requireNonNull(owners.get(id), () -> id + " was never configured");
    }

    private static boolean serves(Candidate candidate, String model) {
        List<LimitConfig> classes = candidate.account.limits();
        return classes.stream()
                .filter(limits -> limits.covers(model))
                .findFirst()
                .map(limits -> limits.equals(candidate.limits))
                .orElse(classes.isEmpty());
    }

    long inFlight(OracleOwner owner, long nowMs) {
        return grants.values().stream()
                .filter(grant -> grant.live(nowMs) && (grant.unit == owner || grant.key == owner))
                .count();
    }

    boolean probing(OracleOwner key, long nowMs) {
        return grants.values().stream().anyMatch(grant -> grant.key == key && grant.lease.probe() && grant.live(nowMs));
    }

    /** The first instant at which the candidate can serve, if nothing else happens; NEVER if that takes an event. */
    long earliest(Candidate candidate, long tokens, long now) {
        long at = now;
        for (OracleOwner owner : List.of(candidate.unit, candidate.key)) {
            if (inFlight(owner, now / 1000) >= owner.slots) {
                return OracleLimit.NEVER;
            }
            at = Math.max(at, owner.blockedUntilMs * 1000);
        }
        switch (candidate.key.state) {
            case "CLOSED" -> {
                // Nothing to wait for.
            }
            case "OPEN" -> {
                if (probing(candidate.key, now / 1000)) {
                    return OracleLimit.NEVER;
                }
                at = Math.max(at, candidate.key.openUntilMs * 1000);
            }
            default -> {
                return OracleLimit.NEVER;
            }
        }
        for (int i = 0; i < ROUNDS; i++) {
            long before = at;
            at = candidate.unit.limitsEarliest(tokens, at);
            at = at == OracleLimit.NEVER || candidate.key == candidate.unit
                    ? at
                    : candidate.key.limitsEarliest(tokens, at);
            if (at == before || at == OracleLimit.NEVER) {
                break;
            }
        }
        return at;
    }

    /** The earliest of all that may serve the request. */
    long earliest(Step.Acquire ask, long now) {
        List<String> noKeys = List.of(ask.noKeys().split(",", -1));
        List<String> noAccounts = List.of(ask.noAccounts().split(",", -1));
        return candidates.stream()
                .filter(candidate -> serves(candidate, ask.model()))
                .filter(candidate -> !noAccounts.contains(candidate.account.id()))
                .filter(candidate -> !noKeys.contains(candidate.key.id.substring("key:".length())))
                .mapToLong(candidate -> earliest(candidate, ask.tokens(), now))
                .min()
                .orElse(OracleLimit.NEVER);
    }

    Candidate candidate(String record) {
        ModelLease lease = ModelLease.parse(record);
        OracleOwner unit = known(lease.unit());
        OracleOwner key = known("key:" + lease.key());
        return candidates.stream()
                .filter(candidate -> candidate.unit == unit && candidate.key == key)
                .findFirst()
                .orElseThrow(() -> new AssertionError(lease.key() + " is no key of " + lease.unit()));
    }

    /** Takes note of a grant. */
    OracleGrant granted(Step.Acquire ask, String record, long start, long expiresMs) {
        Candidate candidate = candidate(record);
        List<OracleLimit.Charge> charges = new ArrayList<>();
        for (OracleOwner owner : distinct(candidate.unit, candidate.key)) {
            owner.limits.forEach(limit -> charges.add(limit.charge(limit.tokens ? ask.tokens() : 1, start)));
        }
        OracleGrant grant = new OracleGrant(ask.ticket(), record, candidate.unit, candidate.key, charges, expiresMs);
        grants.put(ask.ticket(), grant);
        return grant;
    }

    private static List<OracleOwner> distinct(OracleOwner unit, OracleOwner key) {
        return unit == key ? List.of(unit) : List.of(unit, key);
    }

    /** Takes note of a settlement that was applied, in time or late. */
    void settled(OracleGrant grant, Step.Settle how, long now, boolean live) {
        int next = 0;
        for (OracleOwner owner : distinct(grant.unit, grant.key)) {
            for (OracleLimit limit : owner.limits) {
                settled(limit, grant.charges.get(next++), how, now, live);
            }
        }
        grant.settled = true;
        grant.settledMs = now / 1000;
        if (live) {
            block(grant, how, now / 1000 + how.blockMs());
        }
    }

    private static void settled(OracleLimit limit, OracleLimit.Charge charge, Step.Settle how, long now, boolean live) {
        RateLimit config = limit.limit();
        boolean told = limit.tokens && how.used() >= 0;
        if (how.outcome().equals("unused")) {
            charge.used(live ? 0 : charge.counted, now);
        } else if (told && config.counted() == Counted.COMPLETION && live) {
            charge.used(0, now);
            limit.debt(how.used(), now);
        } else if (told && how.used() > charge.reserved) {
            limit.debt(how.used() - charge.reserved, now);
        } else if (told && live && config.refund() == Refund.SAFE) {
            charge.used(how.used(), now);
        }
    }

    private void block(OracleGrant grant, Step.Settle how, long untilMs) {
        if (how.blockMs() == 0) {
            return;
        }
        switch (how.scope()) {
            case "key" -> grant.key.blockedUntilMs = Math.max(grant.key.blockedUntilMs, untilMs);
            case "account_models" -> grant.unit.blockedUntilMs = Math.max(grant.unit.blockedUntilMs, untilMs);
            case "account" ->
                candidates.stream()
                        .filter(candidate -> candidate
                                .account
                                .id()
                                .equals(candidate(grant.record).account.id()))
                        .forEach(candidate ->
                                candidate.unit.blockedUntilMs = Math.max(candidate.unit.blockedUntilMs, untilMs));
            default -> {
                // Nothing rests.
            }
        }
    }
}
