package io.keycoord.console.batch;

import io.keycoord.Priority;
import io.keycoord.config.AccountConfig;
import io.keycoord.config.CoordinatorConfig;
import io.keycoord.config.KeyConfig;
import io.keycoord.config.PoolConfig;
import io.keycoord.config.Secrets;
import io.keycoord.config.TenantConfig;
import io.keycoord.console.ConfigOption;
import io.keycoord.console.Durations;
import io.keycoord.console.ScriptingOption;
import io.keycoord.console.UsageException;
import io.keycoord.console.batch.file.BatchFiles;
import io.keycoord.console.batch.file.BatchRefusedException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code keycoord batch}. */
@Command(
        name = "batch",
        description = {
            "Sends a JSONL file of chat requests through a pool, within every limit.",
            "",
            "Each line of IN.jsonl is a chat completion request, or a line of the OpenAI Batch form (custom_id, method,"
                    + " url, body). Each gets exactly one line of OUT.jsonl, in the order of completion and in the"
                    + " OpenAI Batch output form; its id is line-<number of the input line>. Blank lines are no work."
                    + " stream is taken off: the answer is one collected completion.",
            "Interrupted or killed, and started again with the same files, it goes on and writes no line twice.",
            ""
        },
        footer = {
            "",
            "Exit codes: 0 every line was answered (a refusal of the request itself is an answer), 1 some were not,"
                    + " 2 a wrong flag or file, 130 interrupted."
        })
public final class BatchCommand implements Callable<Integer> {
    @Mixin
    private final ConfigOption config = new ConfigOption();

    @Parameters(paramLabel = "IN.jsonl", description = "the requests")
    private Path input = Path.of("");

    @Option(
            names = {"-o", "--output"},
            required = true,
            paramLabel = "OUT.jsonl",
            description =
                    "the answers; OUT.jsonl.keycoord and OUT.jsonl.keycoord.d beside it keep the state of the run")
    private Path output = Path.of("");

    @Option(names = "--pool", paramLabel = "ID", description = "the pool to use, if the configuration has several")
    private @Nullable String pool;

    @Option(names = "--tenant", paramLabel = "ID", description = "whose budget pays (default: nobody's)")
    private @Nullable String tenant;

    @Option(
            names = "--priority",
            paramLabel = "interactive|normal|batch",
            description = "how important the calls are beside those of others (default: normal)")
    private Priority priority = Priority.NORMAL;

    @Option(names = "--workers", defaultValue = "4", paramLabel = "N", description = "worker JVMs (default: 4)")
    private int workers;

    @Option(
            names = "--max-concurrent",
            paramLabel = "N",
            description = "calls at the same time in the whole run (default: 8 for each worker); halved on overload")
    private @Nullable Integer maxConcurrent;

    @Option(
            names = "--redis",
            paramLabel = "URL",
            description = "the Redis shared with other workers (default: an embedded one for this batch)")
    private @Nullable String redis;

    @Mixin
    private final ScriptingOption scripting = new ScriptingOption();

    @Option(
            names = "--deadline",
            defaultValue = "10m",
            paramLabel = "TIME",
            converter = Durations.class,
            description = "how long a line is tried, from its first call on (default: 10m)")
    private Duration deadline = Duration.ofMinutes(10);

    @Option(names = "--retry-failed", description = "ask the lines again whose output has an error")
    private boolean retryFailed;

    @Override
    public Integer call() throws IOException, InterruptedException, RunFailedException {
        BatchSettings settings = settings();
        PoolConfig chosen = choose(config.load());
        requireSecret(chosen);
        try (BatchFiles files = BatchFiles.open(input, output, retryFailed)) {
            return new BatchJob(
                            files,
                            settings,
                            output.toAbsolutePath(),
                            config.file(),
                            chosen.id(),
                            payer(chosen),
                            priority,
                            Optional.ofNullable(redis),
                            scripting.chosen())
                    .run(System.out, System.err);
        } catch (BatchRefusedException e) {
            throw new UsageException("" + e.getMessage());
        }
    }

    private String payer(PoolConfig chosen) {
        List<String> known = chosen.tenants().stream().map(TenantConfig::id).toList();
        if (tenant != null && !known.contains(tenant)) {
            throw new UsageException("--tenant is " + tenant + ", expected one of the pool's tenants, " + known);
        }
        return tenant == null ? "" : tenant;
    }

    private BatchSettings settings() {
        try {
            int calls = maxConcurrent != null ? maxConcurrent : workers * BatchSettings.CONCURRENT_PER_WORKER;
            return BatchSettings.of(workers, calls, deadline);
        } catch (IllegalArgumentException e) {
            throw new UsageException("--" + e.getMessage());
        }
    }

    private PoolConfig choose(CoordinatorConfig all) {
        List<String> known = all.pools().stream().map(PoolConfig::id).toList();
        if (pool == null && known.size() > 1) {
            throw new UsageException("--pool is missing, expected one of " + String.join(", ", known));
        }
        String id = pool == null ? known.get(0) : pool;
        return all.pool(id)
                .orElseThrow(() -> new UsageException(
                        "--pool is " + id + ", which is not configured; expected one of " + String.join(", ", known)));
    }

    private static void requireSecret(PoolConfig pool) {
        Secrets secrets = Secrets.standard();
        List<String> references = pool.accounts().stream()
                .map(AccountConfig::keys)
                .flatMap(List::stream)
                .map(KeyConfig::secret)
                .toList();
        List<String> missing = references.stream()
                .filter(reference -> secrets.resolve(reference).isEmpty())
                .toList();
        String shown = String.join(", ", missing.subList(0, Math.min(5, missing.size())));
        if (missing.size() == references.size()) {
            throw new UsageException(
                    "no key of pool " + pool.id() + " has its secret here, expected at least one of " + shown);
        }
    }
}
