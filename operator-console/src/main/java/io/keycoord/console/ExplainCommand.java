package io.keycoord.console;

import static java.util.Map.entry;

import io.keycoord.Dimension;
import io.keycoord.LeaseRequest;
import io.keycoord.Priority;
import io.keycoord.redis.Candidate;
import io.keycoord.redis.PoolInspector;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code keycoord explain POOL --tokens N}. */
@Command(
        name = "explain",
        description = "Says of every key when it could serve a request, and what keeps it from doing so now.",
        footer = {"", "Exit codes: 0 shown, 1 Redis did not answer, 2 there is no such pool."})
public final class ExplainCommand extends PoolCommand {
    private static final long MOST_INPUT = 1_000_000_000L;
    private static final long MOST_TOKENS = 2 * MOST_INPUT;

    private static final Map<String, String> WORDS = Map.ofEntries(
            entry("requests", "its limit of requests is used up"),
            entry("tokens", "its limit of tokens has not so many left"),
            entry("concurrency", "all its slots are taken"),
            entry("block", "the provider told it to wait"),
            entry("breaker", "it rests after errors"),
            entry("probe", "its probe is under way"),
            entry("draining", "an operator drains it"),
            entry("disabled", "its credential is dead: keycoord enable"),
            entry("reserved", "it is reserved for other tenants"),
            entry("endpoint", "the model fails or has no capacity, whatever the key"),
            entry("deny", "the pool is switched off: keycoord switch"),
            entry("open", "the pool is switched to open: everything passes"),
            entry("shadow", "the pool is switched to shadow: denials are only reported"));
    private static final Set<String> LIMITS =
            Arrays.stream(Dimension.values()).map(Dimension::stored).collect(Collectors.toSet());

    @Option(names = "--tokens", required = true, paramLabel = "N", description = "the size of the request, in tokens")
    private long tokens;

    @Option(
            names = "--model",
            defaultValue = "*",
            paramLabel = "MODEL",
            description = "the model asked for (default: any that all models' limits cover)")
    private String model = "*";

    @Option(names = "--tenant", paramLabel = "ID", description = "who asks (default: nobody in particular)")
    private @Nullable String tenant;

    @Option(
            names = "--priority",
            paramLabel = "interactive|normal|batch",
            description = "how important the request is (default: normal)")
    private Priority priority = Priority.NORMAL;

    @Override
    Shown look(PoolInspector inspector, String pool) {
        if (tokens < 0 || tokens > MOST_TOKENS) {
            throw new UsageException("--tokens is " + tokens + ", expected 0 to " + MOST_TOKENS);
        }
        List<Candidate> candidates = inspector.explain(request(pool));
        if (candidates.stream().allMatch(candidate -> candidate.key().isEmpty())) {
            throw new UsageException("--model is " + model + ", which no limits of pool " + pool + " cover");
        }
        Table table = new Table("KEY", "ACCOUNT", "MODELS", "WHEN", "WHY");
        candidates.forEach(each -> table.add(each.key(), each.account(), each.models(), when(each), why(each)));
        return new Shown(candidates.stream().map(ExplainCommand::json).toList(), table.toString());
    }

    private LeaseRequest request(String pool) {
        long input = Math.min(tokens, MOST_INPUT);
        LeaseRequest request = LeaseRequest.of(pool)
                .withModel(model)
                .withTokens(input, tokens - input)
                .withPriority(priority);
        return tenant == null ? request : request.withTenant(tenant);
    }

    private static String when(Candidate candidate) {
        return switch (candidate.when()) {
            case NOW -> "now";
            case LATER -> "in " + Durations.show(candidate.delay());
            case EVENT -> "when a call ends";
            case NEVER -> "never";
        };
    }

    private static String why(Candidate candidate) {
        boolean tooLarge = candidate.when() == Candidate.When.NEVER && LIMITS.contains(candidate.what());
        return tooLarge
                ? "the request is larger than its limit of " + candidate.what() + " ever admits at once"
                : WORDS.getOrDefault(candidate.what(), candidate.what());
    }

    private static Map<String, Object> json(Candidate candidate) {
        return Map.of(
                "key", candidate.key(),
                "account", candidate.account(),
                "models", candidate.models(),
                "when", candidate.when(),
                "waitMs", candidate.delay().toMillis(),
                "what", candidate.what());
    }
}
