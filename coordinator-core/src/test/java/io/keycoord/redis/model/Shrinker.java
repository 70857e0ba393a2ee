package io.keycoord.redis.model;

import io.keycoord.config.AccountConfig;
import io.keycoord.config.KeyConfig;
import io.keycoord.config.LimitConfig;
import io.keycoord.config.RateLimit;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.function.Predicate;
import java.util.stream.IntStream;

/** Takes away from a failing program what it does not need to fail. */
final class Shrinker {
    private static final int MOST_RUNS = 1_500;

    private final Predicate<Program> fails;
    private Program smallest;
    private int runs;
    private int removals;

    private Shrinker(Program program, Predicate<Program> fails) {
        this.smallest = program;
        this.fails = fails;
    }

    static Program shrink(Program program, Predicate<Program> fails) {
        Shrinker shrinker = new Shrinker(program, fails);
        int before;
        do {
            before = shrinker.removals;
            shrinker.steps();
            shrinker.batches();
            shrinker.accounts();
            shrinker.parts();
        } while (shrinker.removals > before && shrinker.runs < MOST_RUNS);
        return shrinker.smallest;
    }

    private void attempt(Program program) {
        if (runs++ < MOST_RUNS && fails.test(program)) {
            smallest = program;
            removals++;
        }
    }

    private void steps() {
        for (int size = Math.max(1, smallest.steps().size() / 2); size >= 1; size /= 2) {
            for (int from = smallest.steps().size() - size; from >= 0; from -= size) {
                attempt(smallest.with(without(smallest.steps(), from, size)));
            }
        }
    }

    /** Takes single settles and acquires out of batches. */
    private void batches() {
        for (int i = 0; i < smallest.steps().size(); i++) {
            int next = 0;
            List<Step> lesser = lesser(smallest.steps().get(i));
            while (next < lesser.size()) {
                int before = removals;
                List<Step> steps = new ArrayList<>(smallest.steps());
                steps.set(i, lesser.get(next));
                attempt(smallest.with(steps));
                next = removals > before ? next : next + 1;
                lesser = lesser(smallest.steps().get(i));
            }
        }
    }

    private static List<Step> lesser(Step step) {
        List<Step> lesser = new ArrayList<>();
        if (step instanceof Step.Batch batch) {
            for (int i = 0; i < batch.settles().size(); i++) {
                lesser.add(new Step.Batch(without(batch.settles(), i, 1), batch.acquires()));
            }
            for (int i = 0; i < batch.acquires().size(); i++) {
                lesser.add(new Step.Batch(batch.settles(), without(batch.acquires(), i, 1)));
            }
        }
        return lesser;
    }

    private static <T> List<T> without(List<T> list, int from, int size) {
        List<T> rest = new ArrayList<>(list.subList(0, from));
        rest.addAll(list.subList(Math.min(list.size(), from + size), list.size()));
        return rest;
    }

    private void accounts() {
        for (int i = smallest.config().accounts().size() - 1; i >= 0; i--) {
            List<AccountConfig> accounts = smallest.config().accounts();
            if (accounts.size() > 1) {
                attempt(with(without(accounts, i, 1)));
            }
        }
    }

    private Program with(List<AccountConfig> accounts) {
        return smallest.with(smallest.config().withAccounts(accounts));
    }

    /** Keys of an account, then single limits of accounts and keys. */
    private void parts() {
        for (int i = 0; i < smallest.config().accounts().size(); i++) {
            int next = 0;
            List<AccountConfig> lesser = lesser(smallest.config().accounts().get(i));
            while (next < lesser.size()) {
                int before = removals;
                List<AccountConfig> accounts = new ArrayList<>(smallest.config().accounts());
                accounts.set(i, lesser.get(next));
                attempt(with(accounts));
                // What is left of the account after a removal has fewer parts to try.
                next = removals > before ? next : next + 1;
                lesser = lesser(smallest.config().accounts().get(i));
            }
        }
    }

    private static List<AccountConfig> lesser(AccountConfig account) {
        List<AccountConfig> lesser = new ArrayList<>();
        for (int i = 0; i < account.keys().size(); i++) {
            if (account.keys().size() > 1) {
                lesser.add(with(account, account.limits(), without(account.keys(), i, 1)));
            }
            KeyConfig key = account.keys().get(i);
            for (LimitConfig overall : lesser(key.overall())) {
                List<KeyConfig> keys = new ArrayList<>(account.keys());
                keys.set(i, key.withOverall(overall));
                lesser.add(with(account, account.limits(), keys));
            }
        }
        for (int i = 0; i < account.limits().size(); i++) {
            for (LimitConfig less : lesser(account.limits().get(i))) {
                List<LimitConfig> limits = new ArrayList<>(account.limits());
                limits.set(i, less);
                lesser.add(with(account, limits, account.keys()));
            }
        }
        return lesser;
    }

    private static AccountConfig with(AccountConfig account, List<LimitConfig> limits, List<KeyConfig> keys) {
        return new AccountConfig(account.id(), account.implicit(), limits, account.overall(), account.tenants(), keys);
    }

    private static List<List<RateLimit>> without(List<RateLimit> limits) {
        return IntStream.range(0, limits.size())
                .mapToObj(left -> IntStream.range(0, limits.size())
                        .filter(i -> i != left)
                        .mapToObj(limits::get)
                        .toList())
                .toList();
    }

    private static List<LimitConfig> lesser(LimitConfig l) {
        List<LimitConfig> lesser = new ArrayList<>();
        l.rates().forEach((dimension, rates) -> without(rates).forEach(fewer -> lesser.add(l.with(dimension, fewer))));
        if (l.concurrency().isPresent()) {
            lesser.add(new LimitConfig(l.models(), l.rates(), OptionalInt.empty()));
        }
        return lesser;
    }
}
