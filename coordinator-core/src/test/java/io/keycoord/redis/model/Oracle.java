package io.keycoord.redis.model;

import io.keycoord.config.AccountConfig;
import io.keycoord.config.KeyConfig;
import io.keycoord.config.LimitConfig;
import io.keycoord.config.PoolConfig;
import io.keycoord.config.RateLimit;
import io.keycoord.config.RateLimit.Counted;
import io.keycoord.config.RateLimit.Refund;
import io.keycoord.config.TenantConfig;
import io.keycoord.model.ModelLease;
import io.keycoord.model.ReferenceModel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Judges the scripts by what the configuration promises and what was granted and settled, by brute force. It shares no
 * code with the scripts or with {@link ReferenceModel}, but for the parsing of a lease's record.
 */
final class Oracle {
    private static final int ROUNDS = 8;

    /** An account's class and one of its keys. */
    record Candidate(AccountConfig account, LimitConfig limits, KeyConfig config, OracleOwner unit, OracleOwner key) {
        boolean isFor(String tenant) {
            return isFor(account.tenants(), tenant) && isFor(config.tenants(), tenant);
        }

        private static boolean isFor(Set<String> tenants, String tenant) {
            return tenants.isEmpty() || tenants.contains(tenant);
        }
    }

    final Map<String, OracleOwner> owners = new LinkedHashMap<>();
    final List<Candidate> candidates = new ArrayList<>();

    /** Slots that are kept for callers who have waited longer and were called, by the id of their owner. */
    Map<String, Long> held = Map.of();

    /** What the call that is judged leaves of every limit to more important ones, in percent. */
    long keep;

    final Map<Integer, OracleGrant> grants = new LinkedHashMap<>();
    private final PoolConfig config;

    Oracle(PoolConfig config) {
        this.config = config;
        for (AccountConfig account : config.accounts()) {
            List<LimitConfig> classes = account.limits().isEmpty() ? List.of(LimitConfig.NONE) : account.limits();
            for (int i = 0; i < classes.size(); i++) {
                LimitConfig merged = classes.size() == 1 ? account.overall() : LimitConfig.NONE;
                OracleOwner unit = owner(unitId(account, classes, i), classes.get(i), merged);
                for (KeyConfig key : account.keys()) {
                    OracleOwner own = owner("key:" + key.id(), key.overall());
                    candidates.add(new Candidate(account, classes.get(i), key, unit, own));
                }
            }
            if (classes.size() > 1) {
                budget("account:" + account.id() + "/overall", account.overall());
            }
        }
        config.tenants().forEach(this::tenant);
        budget("pool", config.overall());
    }

    private void tenant(TenantConfig tenant) {
        String id = "tenant:" + tenant.id();
        if (tenant.limits().size() <= 1) {
            LimitConfig own = tenant.limits().isEmpty()
                    ? LimitConfig.NONE
                    : tenant.limits().get(0);
            budget(id, own, tenant.overall());
            return;
        }
        for (int i = 0; i < tenant.limits().size(); i++) {
            budget(id + "/" + (i + 1), tenant.limits().get(i));
        }
        budget(id + "/overall", tenant.overall());
    }

    private void budget(String id, LimitConfig... limits) {
        if (!Arrays.stream(limits).allMatch(LimitConfig::isEmpty)) {
            owner(id, limits);
        }
    }

    /** What a call is charged to beside its unit and its key. */
    private List<OracleOwner> budgets(Candidate candidate, Step.Acquire ask) {
        List<String> ids = new ArrayList<>(List.of("account:" + candidate.account.id() + "/overall"));
        config.tenants().stream()
                .filter(tenant -> tenant.id().equals(ask.tenant()))
                .forEach(tenant -> {
                    String id = "tenant:" + tenant.id();
                    List<LimitConfig> limits = tenant.limits();
                    int position = 0;
                    while (position < limits.size() && !limits.get(position).covers(ask.model())) {
                        position++;
                    }
                    ids.add(limits.size() > 1 ? id + "/" + (position + 1) : id);
                    ids.add(id + "/overall");
                });
        ids.add("pool");
        return ids.stream().flatMap(id -> Stream.ofNullable(owners.get(id))).toList();
    }

    private List<OracleOwner> charged(Candidate candidate, Step.Acquire ask) {
        return Stream.concat(Stream.of(candidate.unit, candidate.key), budgets(candidate, ask).stream())
                .distinct()
                .toList();
    }

    private static String unitId(AccountConfig account, List<LimitConfig> classes, int position) {
        boolean implicit = account.implicit()
                && classes.size() == 1
                && account.keys().get(0).overall().equals(LimitConfig.NONE);
        String suffix = classes.size() == 1 ? "" : "/" + (position + 1);
        return (implicit ? "key:" : "account:") + account.id() + suffix;
    }

    private OracleOwner owner(String id, LimitConfig... limits) {
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
                .filter(grant -> grant.live(nowMs) && grant.owners.contains(owner))
                .count();
    }

    boolean probing(OracleOwner key, long nowMs) {
        return grants.values().stream().anyMatch(grant -> grant.key == key && grant.lease.probe() && grant.live(nowMs));
    }

    /** The first instant at which the candidate can serve, if nothing else happens; NEVER if that takes an event. */
    long earliest(Candidate candidate, Step.Acquire ask, long now) {
        long at = now;
        List<OracleOwner> charged = charged(candidate, ask);
        for (OracleOwner owner : charged) {
            long left = owner.slots * keep / 100;
            if (inFlight(owner, now / 1000) + held.getOrDefault(owner.id, 0L) + left >= owner.slots) {
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
            for (OracleOwner owner : charged) {
                at = at == OracleLimit.NEVER ? at : owner.limitsEarliest(ask.cost(), at, keep);
            }
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
                .filter(candidate -> candidate.isFor(ask.tenant()))
                .filter(candidate -> !noAccounts.contains(candidate.account.id()))
                .filter(candidate -> !noKeys.contains(candidate.key.id.substring("key:".length())))
                .mapToLong(candidate -> earliest(candidate, ask, now))
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
        List<OracleOwner> charged = charged(candidate, ask);
        for (OracleOwner owner : charged) {
            owner.limits.forEach(limit -> charges.add(limit.charge(ask.cost().of(limit.dimension), start)));
        }
        OracleGrant grant =
                new OracleGrant(ask.ticket(), record, candidate.unit, candidate.key, charged, charges, expiresMs);
        grants.put(ask.ticket(), grant);
        return grant;
    }

    /** Takes note of a settlement that was applied, in time or late. */
    void settled(OracleGrant grant, Step.Settle how, long now, boolean live) {
        int next = 0;
        for (OracleOwner owner : grant.owners) {
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
        long used = limit.dimension.equals("requests") ? -1 : how.used().of(limit.dimension);
        boolean told = used >= 0;
        if (how.outcome().equals("unused")) {
            charge.used(live ? 0 : charge.counted, now);
        } else if (told && config.counted() == Counted.COMPLETION && live) {
            charge.used(0, now);
            limit.debt(used, now);
        } else if (told && used > charge.reserved) {
            limit.debt(used - charge.reserved, now);
        } else if (told && live && config.refund() == Refund.SAFE) {
            charge.used(used, now);
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
