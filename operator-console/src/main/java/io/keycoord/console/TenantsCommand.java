package io.keycoord.console;

import io.keycoord.redis.BudgetView;
import io.keycoord.redis.PoolInspector;
import java.util.List;
import picocli.CommandLine.Command;

/** {@code keycoord tenants POOL}. */
@Command(
        name = "tenants",
        description = {
            "Lists the budgets of a pool: of its tenants, of the whole pool, and of accounts with several classes of",
            "models; calls in flight, and what is left."
        },
        footer = {"", "Exit codes: 0 shown, 1 Redis did not answer, 2 there is no such pool."})
public final class TenantsCommand extends PoolCommand {
    @Override
    Shown look(PoolInspector inspector, String pool) {
        List<BudgetView> budgets = inspector.budgets(pool);
        Table table = new Table("BUDGET", "MODELS", "IN FLIGHT", "REQUESTS LEFT", "TOKENS LEFT", "MONEY LEFT");
        budgets.forEach(budget -> table.add(
                budget.id(),
                budget.models(),
                budget.slots() == 0 ? budget.inFlight() : budget.inFlight() + " of " + budget.slots(),
                Texts.left(budget.limits(), "requests"),
                Texts.left(budget.limits(), "tokens"),
                Texts.left(budget.limits(), "money")));
        return new Shown(budgets, table.toString());
    }
}
