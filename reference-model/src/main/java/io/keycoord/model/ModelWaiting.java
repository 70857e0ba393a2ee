package io.keycoord.model;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** {@code lua/lib/waiting.lua}; what it publishes stands in the pool. */
final class ModelWaiting {
    private static final long GRACE_US = 50_000;
    private static final long LIFE_US = 3_000_000;
    private static final int WALK = 32;
    private static final int LAPSES = 8;

    /** One that waits; {@code why} and {@code holds} are empty unless it was called. */
    private record Waiter(
            long until, long rank, String priority, String needs, String groups, String why, String holds) {
        static Waiter parse(String text) {
            String[] words = Arrays.stream(text.split(" ", -1))
                    .map(word -> word.substring(word.indexOf('=') + 1))
                    .toArray(String[]::new);
            return new Waiter(
                    Long.parseLong(words[0]),
                    Long.parseLong(words[1]),
                    words[2],
                    words[3],
                    words[4],
                    words[5],
                    words[6]);
        }

        String text() {
            return "until=" + until + " rank=" + rank + " priority=" + priority + " needs=" + needs + " groups="
                    + groups + " why=" + why + " holds=" + holds;
        }

        boolean isHelpedBy(String what) {
            if (!needs.equals("units")) {
                return needs.equals(what);
            }
            return isGroup(what)
                    && (groups.equals("*") || List.of(groups.split(",")).contains(what));
        }

        Waiter calledFor(String what, String slots) {
            return new Waiter(until, rank, priority, needs, groups, what, slots);
        }

        List<String> held() {
            return slots(holds);
        }

        private static List<String> slots(String holds) {
            return Arrays.stream(holds.split(",")).filter(id -> !id.isEmpty()).toList();
        }
    }

    private final ModelPool pool;

    ModelWaiting(ModelPool pool) {
        this.pool = pool;
    }

    boolean isAny() {
        return pool.meta.number("waiting") > 0;
    }

    private @Nullable Waiter find(String member) {
        return pool.waiters.has(member) ? Waiter.parse(pool.waiters.text(member)) : null;
    }

    private void count() {
        pool.meta.set("waiting", pool.waiters.size() - 1);
    }

    private void drop(String member) {
        pool.waiting.remove(member);
        pool.called.remove(member);
        pool.waiters.remove(member);
        count();
    }

    /** The first, behind that rank, whom a group or a budget can help, and who need not leave these slots. */
    private void call(String why, String holds, long after) {
        List<String> behind = pool.waiting.entries().stream()
                .filter(entry -> entry.getValue() > after)
                .map(Map.Entry::getKey)
                .limit(WALK)
                .toList();
        for (String member : behind) {
            Waiter one = Waiter.parse(pool.waiters.text(member));
            if (one.until <= pool.now) {
                drop(member);
            } else if (one.isHelpedBy(why) && mayUse(one, holds)) {
                pool.waiting.remove(member);
                pool.called.put(member, pool.now + GRACE_US);
                pool.waiters.set(member, one.calledFor(why, holds).text());
                pool.messages.add(member);
                return;
            }
        }
    }

    private boolean mayUse(Waiter one, String holds) {
        long keep = new ModelHeadroom(pool).leftAt(one.priority, one.rank);
        Map<String, Long> called = held(Long.MAX_VALUE, "");
        return keep == 0
                || Waiter.slots(holds).stream()
                        .map(pool.owners::get)
                        .filter(ModelWaiting::hasSlots)
                        .allMatch(owner -> {
                            long slots = owner.number("max_in_flight");
                            return owner.number("in_flight") + called.getOrDefault(owner.name(), 0L)
                                    < slots - slots * keep / 100;
                        });
    }

    private void call(String why, String holds) {
        call(why, holds, Long.MIN_VALUE);
    }

    private void lapse() {
        for (String member : pool.called.upTo(pool.now, LAPSES)) {
            pool.touch();
            Waiter one = Waiter.parse(pool.waiters.text(member));
            drop(member);
            call(one.why, one.holds);
        }
    }

    private static boolean hasSlots(@Nullable Owner owner) {
        return owner != null && owner.number("max_in_flight") > 0;
    }

    private String holdsOf(Owner unit, @Nullable Owner key) {
        return Stream.of(unit, unit.implicit() ? unit : key == null ? unit : key, shared(unit))
                .filter(ModelWaiting::hasSlots)
                .map(Owner::name)
                .distinct()
                .collect(Collectors.joining(","));
    }

    private Owner shared(Owner unit) {
        Owner overall = pool.overall(unit);
        return overall == null ? unit : overall;
    }

    private Map<String, Long> held(long below, String except) {
        Map<String, Long> slots = new HashMap<>();
        pool.called.first(WALK).stream()
                .filter(member -> !member.equals(except))
                .map(member -> Waiter.parse(pool.waiters.text(member)))
                .filter(one -> one.rank < below)
                .flatMap(one -> one.held().stream())
                .forEach(id -> slots.merge(id, 1L, Long::sum));
        return slots;
    }

    /** Who asks, and since when it waits. */
    record Turn(String member, String ticket, String next, String priority) {
        boolean waits() {
            return !member.endsWith("/");
        }

        boolean hasWaited() {
            return waits() && !ticket.isEmpty();
        }

        long began(long now) {
            return ticket.isEmpty() ? now : Math.min(now, Long.parseLong(ticket));
        }
    }

    private long rank(Turn turn) {
        return turn.began(pool.now) + new ModelHeadroom(pool).behind(turn.priority);
    }

    /** What is held for those who wait longer is as good as used. */
    void hold(Turn turn) {
        if (!isAny()) {
            pool.held = Map.of();
            return;
        }
        lapse();
        long newcomer = turn.ticket.isEmpty() ? 1 : 0;
        pool.held = held(rank(turn) + newcomer, turn.hasWaited() ? turn.member : "");
    }

    void enter(Turn turn, String needs, String groups) {
        Waiter before = find(turn.member);
        if (before != null && turn.ticket.isEmpty()) {
            return;
        }
        pool.touch();
        long rank = rank(turn);
        pool.called.remove(turn.member);
        pool.waiting.put(turn.member, rank);
        Waiter one = new Waiter(pool.now + LIFE_US, rank, turn.priority, needs, bounded(groups), "", "");
        pool.waiters.set(turn.member, one.text());
        count();
        if (before != null && !before.why.isEmpty()) {
            call(before.why, before.holds, rank);
        }
    }

    void leave(String member) {
        Waiter one = find(member);
        if (one == null) {
            return;
        }
        pool.touch();
        drop(member);
        if (!one.why.isEmpty()) {
            call(one.why, one.holds);
        }
    }

    void begin() {
        pool.opened = isAny() ? new ArrayList<>() : null;
    }

    /** After {@link #begin}: calls for what a lease held, and for units that have come back into service. */
    void released(@Nullable Owner unit, @Nullable Owner key, List<Owner> budgets) {
        List<Owner> opened = pool.opened;
        pool.opened = null;
        if (opened == null) {
            return;
        }
        lapse();
        if (unit != null && serves(unit)) {
            call(unit.group(), holdsOf(unit, key));
        }
        opened.stream()
                .distinct()
                .sorted(Comparator.comparing(Owner::id))
                .filter(other -> unit == null || !other.id().equals(unit.id()))
                .filter(other -> other.text("index").equals("ready"))
                .forEach(other -> call(other.group(), holdsOf(other, null)));
        budgets.stream()
                .filter(budget -> hasSlots(budget) && !budget.id().startsWith("account:"))
                .forEach(budget -> call(budget.id(), budget.id()));
    }

    private static boolean serves(Owner unit) {
        return unit.text("index").equals("ready")
                || !List.of("concurrency", "probe", "draining", "disabled").contains(unit.text("wait_for"));
    }

    void granted(Turn turn, String groups, Owner unit, Owner key, List<Owner> budgets) {
        Waiter one = turn.hasWaited() ? find(turn.member) : null;
        if (turn.hasWaited() && !turn.next.isEmpty()) {
            handOver(turn, one, groups);
        } else if (one == null) {
            return;
        } else {
            drop(turn.member);
        }
        Map<String, Long> slots = held(Long.MAX_VALUE, "");
        if (one != null && isGroup(one.why) && !one.why.equals(unit.group())) {
            call(one.why, one.holds);
        }
        if (serves(unit) && spare(unit, slots) && spare(shared(unit), slots)) {
            call(unit.group(), holdsOf(unit, spare(key, slots) ? key : null));
        }
        budgets.stream()
                .filter(budget -> hasSlots(budget) && spare(budget, slots))
                .forEach(budget -> call(budget.id(), budget.id()));
    }

    private static boolean isGroup(String why) {
        return !why.isEmpty() && why.chars().allMatch(Character::isDigit);
    }

    private static String bounded(String groups) {
        return groups.length() <= 512 ? groups : "*";
    }

    private void handOver(Turn turn, @Nullable Waiter one, String groups) {
        long rank = Math.min(pool.now, Long.parseLong(turn.next)) + new ModelHeadroom(pool).behind(turn.priority);
        String needs = one == null ? "units" : one.needs;
        pool.called.remove(turn.member);
        pool.waiting.put(turn.member, rank);
        Waiter next = new Waiter(pool.now + LIFE_US, rank, turn.priority, needs, bounded(groups), "", "");
        pool.waiters.set(turn.member, next.text());
        count();
    }

    private static boolean spare(Owner owner, Map<String, Long> slots) {
        return !hasSlots(owner)
                || owner.number("in_flight") + slots.getOrDefault(owner.name(), 0L) < owner.number("max_in_flight");
    }
}
