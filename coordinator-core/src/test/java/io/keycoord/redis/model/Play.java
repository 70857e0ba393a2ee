package io.keycoord.redis.model;

import io.keycoord.Priority;
import io.keycoord.model.ReferenceModel;
import io.keycoord.model.Verb;
import io.keycoord.redis.PlannedPool;
import java.time.DayOfWeek;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.time.temporal.TemporalAdjusters;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** A program run on the model: the script calls it comes to, and the replies and the state that are expected. */
final class Play {
    static final long NOON = 1_795_348_800_000_000L;
    private static final ZoneId PACIFIC = ZoneId.of("America/Los_Angeles");

    /** A call with what the model replied and, if wanted, the state it left. */
    record Call(
            String step, Verb verb, List<String> args, List<String> reply, Map<String, Map<String, String>> state) {}

    /** As it is configured now. */
    PlannedPool planned;

    /** As it was before, which some workers still go by. */
    private PlannedPool before;

    private final Set<String> members = new LinkedHashSet<>();
    final List<Call> calls = new ArrayList<>();
    private final ReferenceModel model = new ReferenceModel();
    private final boolean keepStates;
    private final Map<Integer, String> records = new HashMap<>();
    private final Map<String, String> tickets = new HashMap<>();
    private final Map<String, String> shares = new HashMap<>();
    private String lastRecord = "";
    private long now;
    private long hint;

    Play(Program program, boolean keepStates) {
        this.keepStates = keepStates;
        this.planned = new PlannedPool(program.config());
        this.before = planned;
        this.now = start(program.seed());
        List<String> opened = call("open", Verb.REGISTER, planned.open(now, program.start()));
        planned.rest(opened, now, program.start()).forEach(args -> call("register", Verb.REGISTER, args));
        members.addAll(planned.members());
        program.steps().forEach(this::step);
    }

    /** Mostly noon of a day; else about a midnight of Los Angeles, on days of all seasons and of both changes of time. */
    private static long start(long seed) {
        if (seed % 4 != 1) {
            return NOON;
        }
        int year = 2026 + (int) (seed / 4 % 40);
        LocalDate day = switch ((int) (seed / 8 % 4)) {
            case 0 -> LocalDate.of(year, 3, 1).with(TemporalAdjusters.dayOfWeekInMonth(2, DayOfWeek.SUNDAY));
            case 1 -> LocalDate.of(year, 11, 1).with(TemporalAdjusters.firstInMonth(DayOfWeek.SUNDAY));
            case 2 -> LocalDate.of(year, 12, 31);
            default -> LocalDate.of(year, 1, 1).plusDays(seed % 365);
        };
        Instant midnight = day.plusDays(seed / 16 % 2).atStartOfDay(PACIFIC).toInstant();
        return (midnight.toEpochMilli() - seed % 3 * 500) * 1000 + seed % 7;
    }

    Map<String, Map<String, String>> state() {
        return model.dump();
    }

    private List<String> call(String step, Verb verb, List<String> args) {
        List<String> reply = model.run(verb, args);
        calls.add(new Call(step, verb, args, reply, keepStates ? model.dump() : Map.of()));
        return reply;
    }

    /** One more call, with what the model replies. */
    void add(Verb verb, List<String> args) {
        call(verb + " " + args, verb, args);
    }

    /** One more call, which the script must refuse with an error; the model knows no such calls. */
    void add(Verb verb, List<String> args, List<String> error) {
        calls.add(new Call(verb + " " + args, verb, args, error, keepStates ? model.dump() : Map.of()));
    }

    private void step(Step step) {
        if (step instanceof Step.Acquire acquire) {
            acquire(acquire);
        } else if (step instanceof Step.Settle settle) {
            settle(settle);
        } else if (step instanceof Step.Batch batch) {
            batch(batch);
        } else if (step instanceof Step.Renew renew) {
            renew(renew);
        } else if (step instanceof Step.Hold hold) {
            hold(hold);
        } else if (step instanceof Step.Operate operate) {
            call(
                    step.toString(),
                    Verb.OPERATE,
                    List.of("" + now, operate.action(), operate.key(), "ops", "planned maintenance"));
        } else if (step instanceof Step.Revive revive) {
            call(
                    step.toString(),
                    Verb.REVIVE,
                    List.of(
                            "" + now,
                            revive.action(),
                            revive.key(),
                            revive.causes(),
                            "" + revive.restMs(),
                            "" + revive.longestMs(),
                            "w1",
                            "the provider takes it"));
        } else if (step instanceof Step.Explain explain) {
            explain(explain);
        } else if (step instanceof Step.Report report) {
            call(
                    step.toString(),
                    Verb.REPORT,
                    List.of("" + now, report.key(), "" + report.blockMs(), "spent", report.models(), report.learnt()));
        } else if (step instanceof Step.Switch turn) {
            call(step.toString(), Verb.SWITCH, List.of("" + now, turn.to(), "ops", "planned maintenance"));
        } else if (step instanceof Step.Leave leave) {
            call(step.toString(), Verb.LEAVE, List.of("" + now, "w" + leave.worker(), leave.room()));
        } else if (step instanceof Step.Present present) {
            present(present);
        } else if (step instanceof Step.Change change) {
            change(change);
        } else if (step instanceof Step.Advance advance) {
            now += advance.micros();
        } else if (step instanceof Step.Wait wait) {
            now += hint + wait.beyondUs();
        }
    }

    private void change(Step.Change step) {
        before = planned;
        planned = new PlannedPool(step.config());
        List<String> opened = call(step.toString(), Verb.REGISTER, planned.open(now, step.start()));
        List<List<String>> calls = planned.inPlaceOf(members, opened, now, step.start());
        if (step.broken()) {
            calls.removeIf(args -> args.get(1).equals("remove") || args.get(1).equals("close"));
        } else {
            members.clear();
        }
        members.addAll(planned.members());
        calls.forEach(args -> call(args.get(1) + " of " + step, Verb.REGISTER, args));
    }

    private PlannedPool planOf(Step.Acquire step) {
        return step.ticket() % 4 == 0 ? before : planned;
    }

    private void present(Step.Present step) {
        String worker = "w" + step.worker();
        List<String> reply = call(
                step.toString(),
                Verb.PRESENT,
                List.of(
                        "" + now,
                        worker,
                        step.sentAgoUs() < 0 ? "" : Long.toString(Math.max(0, now - step.sentAgoUs())),
                        step.how(),
                        step.believed() < 0 ? shares.getOrDefault(worker, "0") : "" + step.believed(),
                        "" + step.windowMs()));
        if (reply.get(0).equals("PRESENT")) {
            shares.put(worker, reply.get(4));
        }
    }

    private void acquire(Step.Acquire step) {
        if (isCovered(step)) {
            remember(step, call(step.toString(), Verb.ACQUIRE, at(words(step))));
        }
    }

    private boolean isCovered(Step.Acquire step) {
        return !planOf(step).groupsFor(step.model(), step.tenant()).isEmpty();
    }

    private List<String> at(List<String> words) {
        List<String> args = new ArrayList<>(List.of("" + now));
        args.addAll(words);
        return args;
    }

    private List<String> words(Step.Acquire step) {
        PlannedPool planned = planOf(step);
        return List.of(
                "l" + step.ticket(),
                "w" + step.ticket() % 3,
                step.sentAgoUs() < 0 ? "" : Long.toString(Math.max(0, now - step.sentAgoUs())),
                "" + step.ttlMs(),
                "" + step.cost().input(),
                "" + step.cost().output(),
                "" + step.cost().money(),
                "" + step.maxWaitUs(),
                planned.groupsFor(step.model(), step.tenant()),
                planned.keysNotFor(step.model(), step.tenant(), step.noKeys()),
                step.noAccounts(),
                planned.budgetsFor(step.model(), step.tenant()),
                planned.preferredBy(
                        step.session().name(),
                        step.session().model().isEmpty()
                                ? step.model()
                                : step.session().model(),
                        step.tenant()),
                step.endpoint(),
                ticket(step),
                step.turn().room(),
                next(step),
                word(step.priority()));
    }

    static String word(Priority priority) {
        return priority.name().toLowerCase(Locale.ROOT);
    }

    private static String place(Step.Acquire step) {
        return step.ticket() % 3 + "/" + step.turn().room();
    }

    private String ticket(Step.Acquire step) {
        return step.turn().waited() ? tickets.getOrDefault(place(step), "") : "";
    }

    private String next(Step.Acquire step) {
        return step.turn().hasNext() ? Long.toString(now - step.ticket() % 2 * 1_000L) : "";
    }

    private void remember(Step.Acquire step, List<String> reply) {
        if (!step.turn().room().isEmpty()) {
            if (reply.get(0).equals("GRANTED")) {
                tickets.remove(place(step));
                if (step.turn().hasNext()) {
                    tickets.put(place(step), next(step));
                }
            } else {
                tickets.putIfAbsent(place(step), "" + now);
            }
        }
        switch (reply.get(0)) {
            case "GRANTED" -> {
                records.putIfAbsent(step.ticket(), reply.get(6));
                lastRecord = reply.get(6);
            }
            case "DENIED", "SHADOW" -> hint = Long.parseLong(reply.get(5));
            default -> {
                // A stale request leaves nothing to remember.
            }
        }
    }

    private void settle(Step.Settle step) {
        call(step.toString(), Verb.SETTLE, at(words(step)));
    }

    private List<String> words(Step.Settle step) {
        return List.of(
                "l" + step.ticket(),
                step.told() ? records.getOrDefault(step.ticket(), "") : "",
                step.outcome(),
                "" + step.used().input(),
                "" + step.used().output(),
                "" + step.used().money(),
                step.failure(),
                step.scope(),
                "" + step.blockMs(),
                "why",
                step.endpoint(),
                "" + step.latencyMs(),
                "" + step.jitter(),
                step.learnt());
    }

    private void batch(Step.Batch step) {
        List<Step.Acquire> acquires =
                step.acquires().stream().filter(this::isCovered).toList();
        if (step.settles().isEmpty() && acquires.isEmpty()) {
            return;
        }
        List<List<String>> settleWords =
                step.settles().stream().map(this::words).toList();
        List<List<String>> acquireWords = acquires.stream().map(this::words).toList();
        List<String> args = new ArrayList<>(List.of("" + now, "" + settleWords.size(), "" + acquireWords.size()));
        settleWords.forEach(args::addAll);
        acquireWords.forEach(args::addAll);
        List<Object> replies = model.batch(args);
        for (int i = 0; i < acquires.size(); i++) {
            List<?> words = (List<?>) replies.get(1 + settleWords.size() + i);
            remember(acquires.get(i), words.stream().map(String::valueOf).toList());
        }
        add(step.toString(), Verb.BATCH, args, replies);
    }

    /** A call whose reply has lists in it, as {@link Scripts#words} tells them. */
    private void add(String step, Verb verb, List<String> args, List<Object> reply) {
        List<String> words = reply.stream().map(String::valueOf).toList();
        calls.add(new Call(step, verb, args, words, keepStates ? model.dump() : Map.of()));
    }

    private void explain(Step.Explain step) {
        List<String> args = new ArrayList<>(List.of(
                "" + now,
                "" + step.cost().input(),
                "" + step.cost().output(),
                "" + step.cost().money(),
                word(step.priority())));
        List.of(planned.budgetsFor(step.model(), step.tenant()).split(",")).stream()
                .filter(id -> !id.isEmpty())
                .forEach(args::add);
        args.addAll(planned.unitIds());
        args.addAll(List.of("endpoint:m0", "endpoint:m1", "switch"));
        add(step.toString(), Verb.EXPLAIN, args, model.explain(args));
    }

    private void renew(Step.Renew step) {
        call(
                step.toString(),
                Verb.RENEW,
                List.of("" + now, "" + step.ttlMs(), ids(step.tickets()), ids(step.waiting())));
    }

    /** Those that were granted as they were, the others with a record like the last one's. */
    private void hold(Step.Hold step) {
        if (lastRecord.isEmpty()) {
            return;
        }
        List<String> args = new ArrayList<>(List.of("" + now, "" + step.ttlMs()));
        for (int ticket : step.tickets()) {
            String record = unstamped(records.getOrDefault(ticket, lastRecord));
            records.put(ticket, record);
            args.add("l" + ticket + " " + record);
        }
        call(step.toString(), Verb.HOLD, args);
    }

    private static String unstamped(String record) {
        return record.substring(0, record.indexOf(" v=")).replace(" probe=1", " probe=0") + " v=";
    }

    private static String ids(List<Integer> tickets) {
        return tickets.stream().map(ticket -> "l" + ticket).collect(Collectors.joining(","));
    }
}
