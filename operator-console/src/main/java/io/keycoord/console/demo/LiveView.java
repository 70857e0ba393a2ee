package io.keycoord.console.demo;

import io.keycoord.console.Table;
import io.keycoord.redis.KeyView;
import io.keycoord.redis.LimitView;
import io.keycoord.simulator.SimulatorStats;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** The state of a run in words: all of it as a table, or the sum in one line. */
final class LiveView {
    private final DemoSettings settings;
    private final DemoPool pool;

    /** What the view is made of, as of one moment. */
    record Moment(Duration elapsed, DemandLog.Counts demand, SimulatorStats provider, List<KeyView> keys) {}

    LiveView(DemoSettings settings, DemoPool pool) {
        this.settings = settings;
        this.pool = pool;
    }

    String table(Moment moment) {
        Table table = new Table(
                "KEY", "STATE", "WHY", "IN FLIGHT", "ERRORS", "ACCOUNT", "CALLS", "REQUESTS LEFT", "TOKENS LEFT");
        for (KeyView key : moment.keys()) {
            table.add(
                    key.id(),
                    key.state(),
                    key.state().equals("CLOSED") && key.why().equals("recovered") ? "recovered" : shown(key.why()),
                    key.inFlight(),
                    key.errorsInWindow(),
                    key.account(),
                    key.accountInFlight() + "/" + pool.concurrency(),
                    left(key, "requests", pool.requests()),
                    left(key, "tokens", pool.tokens()));
        }
        return line(moment) + "\n\n" + table;
    }

    private static String shown(String why) {
        return why.isEmpty() ? "-" : why;
    }

    private static String left(KeyView key, String dimension, DemoPool.Limit limit) {
        return key.limits().stream()
                .filter(view ->
                        view.dimension().equals(dimension) && view.owner().equals("account"))
                .mapToLong(LimitView::left)
                .mapToObj(left -> String.format(Locale.ROOT, "%,d of %,d", left, limit.burst()))
                .findFirst()
                .orElse("-");
    }

    /** The sum in one line. */
    String line(Moment moment) {
        SimulatorStats.Counts total = moment.provider().total();
        String out = moment.keys().stream()
                .filter(key -> !key.state().equals("CLOSED"))
                .map(key -> key.id() + " " + key.state() + " (" + key.why() + ")")
                .collect(Collectors.joining(", "));
        return String.format(
                Locale.ROOT,
                "%4.1f s of %d s   asked %,d   served %,d   waiting %,d   at the provider %d   429: %d   401: %d   500: %d%s",
                moment.elapsed().toMillis() / 1000.0,
                settings.seconds(),
                moment.demand().asked(),
                moment.demand().served(),
                moment.demand().open() - total.inFlight(),
                total.inFlight(),
                total.answered(429),
                total.answered(401),
                total.answered(500),
                out.isEmpty() ? "" : "   out: " + out);
    }
}
