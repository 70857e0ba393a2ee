package io.keycoord.redis;

import io.keycoord.LeaseRequest;
import io.keycoord.config.AccountConfig;
import io.keycoord.config.KeyConfig;
import io.keycoord.config.LimitConfig;
import io.keycoord.config.PoolConfig;
import io.keycoord.config.TenantConfig;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Who of a pool is charged for a call of one of its keys: what {@link PoolPlan} registers, as it was configured. Immutable. */
final class ShareOwners {
    private final Map<String, AccountConfig> accounts = new HashMap<>();
    private final Map<String, KeyConfig> keys = new HashMap<>();
    private final Map<String, TenantConfig> tenants = new HashMap<>();
    private final LimitConfig overall;

    ShareOwners(PoolConfig pool) {
        pool.accounts().forEach(account -> {
            accounts.put(account.id(), account);
            account.keys().forEach(key -> keys.put(key.id(), key));
        });
        pool.tenants().forEach(tenant -> tenants.put(tenant.id(), tenant));
        this.overall = pool.overall();
    }

    List<ShareLimits.Owner> of(LeaseRequest request, Roster.Pick pick) {
        List<ShareLimits.Owner> owners = new ArrayList<>();
        AccountConfig account = accounts.get(pick.account());
        if (account != null) {
            addFirst("account:" + account.id(), account.limits(), request.model(), owners);
            add("account:" + account.id() + "/overall", account.overall(), owners);
        }
        KeyConfig key = keys.get(pick.key());
        if (key != null) {
            add("key:" + key.id(), key.overall(), owners);
        }
        request.tenant().map(tenants::get).ifPresent(tenant -> {
            addFirst("tenant:" + tenant.id(), tenant.limits(), request.model(), owners);
            add("tenant:" + tenant.id() + "/overall", tenant.overall(), owners);
        });
        add("pool", overall, owners);
        return owners;
    }

    /** Of several classes of models the first that covers the model. */
    private static void addFirst(String id, List<LimitConfig> classes, String model, List<ShareLimits.Owner> owners) {
        for (int i = 0; i < classes.size(); i++) {
            if (classes.get(i).covers(model)) {
                add(id + "/" + (i + 1), classes.get(i), owners);
                return;
            }
        }
    }

    private static void add(String id, LimitConfig limits, List<ShareLimits.Owner> owners) {
        if (!limits.isEmpty()) {
            owners.add(new ShareLimits.Owner(id, limits));
        }
    }
}
