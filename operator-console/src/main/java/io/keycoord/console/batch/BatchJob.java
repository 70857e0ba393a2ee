package io.keycoord.console.batch;

import io.keycoord.Priority;
import io.keycoord.config.CoordinatorConfig;
import io.keycoord.config.Secrets;
import io.keycoord.console.ExitCode;
import io.keycoord.console.Terminal;
import io.keycoord.console.WorkerJvm;
import io.keycoord.console.batch.file.BatchFiles;
import io.keycoord.embedded.EmbeddedRedis;
import io.keycoord.redis.RedisKeyCoordinator;
import io.keycoord.redis.Scripting;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** A batch from the files to the summary: Redis, workers, progress, and what Ctrl-C does. */
final class BatchJob {
    private final BatchFiles files;
    private final BatchSettings settings;
    private final Path output;
    private final Path config;
    private final String pool;
    private final String tenant;
    private final Priority priority;
    private final Optional<String> redisUrl;
    private final Scripting scripting;

    /**
     * Prepares a batch; nothing runs yet.
     *
     * @param tenant who pays, or empty
     * @param priority how important its calls are
     * @param redisUrl the Redis to use; empty for an embedded one that remembers its state beside the output
     * @param scripting how the scripts are called
     */
    BatchJob(
            BatchFiles files,
            BatchSettings settings,
            Path output,
            Path config,
            String pool,
            String tenant,
            Priority priority,
            Optional<String> redisUrl,
            Scripting scripting) {
        this.files = files;
        this.settings = settings;
        this.output = output;
        this.config = config;
        this.pool = pool;
        this.tenant = tenant;
        this.priority = priority;
        this.redisUrl = redisUrl;
        this.scripting = scripting;
    }

    /** Runs to the end, to a failure or to Ctrl-C. Returns the exit code. */
    int run(PrintStream out, PrintStream err) throws IOException, InterruptedException, RunFailedException {
        if (files.done() == files.input().size()) {
            out.print(Summary.of(files, new RunTally(System.nanoTime()), Duration.ZERO));
            return exitCode(true);
        }
        if (redisUrl.isPresent()) {
            return run(redisUrl.get(), out, err);
        }
        Path directory = output.resolveSibling(output.getFileName() + ".keycoord.d");
        try (EmbeddedRedis redis = EmbeddedRedis.builder().appendOnly(directory).start()) {
            return run(redis.uri().toString(), out, err);
        }
    }

    private int run(String redis, PrintStream out, PrintStream err)
            throws IOException, InterruptedException, RunFailedException {
        register(redis);
        Progress progress = Terminal.isStandardError() ? new BarProgress(err) : new PlainProgress(err);
        Frame.Start start =
                new Frame.Start(config.toAbsolutePath().toString(), pool, tenant, priority, redis, scripting);
        Worker.Launcher launcher = (number, events) -> JvmWorker.launch(
                WorkerJvm.of(WorkerMain.class, "-XX:+ExitOnOutOfMemoryError"), number, start, events, progress::note);
        BatchRun run = new BatchRun(files, settings, launcher, progress);
        Interruption interruption = new Interruption(run);
        try {
            boolean complete = run.run();
            return interruption.cameBefore() ? ExitCode.INTERRUPTED : exitCode(complete);
        } finally {
            progress.end();
            out.print(Summary.of(files, run.tally(), run.tally().elapsed(System.nanoTime())));
            out.flush();
            interruption.over();
        }
    }

    /** Tells Redis the pools before the workers do, so that one that cannot be reached is told once and at once. */
    private void register(String redis) {
        RedisKeyCoordinator.builder()
                .redis(redis)
                .scripting(scripting)
                .config(CoordinatorConfig.load(config))
                .secrets(Secrets.standard())
                .build()
                .close();
    }

    private int exitCode(boolean complete) {
        return complete && files.failures().isEmpty() ? ExitCode.OK : ExitCode.FAILED;
    }

    /**
     * Ctrl-C and SIGTERM: the Java machine runs its hooks and ends. The hook asks the run to stop and holds the machine
     * until the run has written what was in flight; it then ends the process itself, for the exit code is to say that
     * it was interrupted.
     */
    private final class Interruption {
        private final BatchRun run;
        private final CountDownLatch ended = new CountDownLatch(1);
        private final Thread hook = new Thread(this::interrupted, "batch-interrupted");
        private volatile boolean came;

        Interruption(BatchRun run) {
            this.run = run;
            Runtime.getRuntime().addShutdownHook(hook);
        }

        boolean cameBefore() {
            return came;
        }

        private void interrupted() {
            came = true;
            run.stop();
            try {
                boolean inTime = ended.await(settings.grace().toSeconds() + 20, TimeUnit.SECONDS);
                Runtime.getRuntime().halt(inTime ? ExitCode.INTERRUPTED : ExitCode.FAILED);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }

        void over() throws IOException {
            try {
                files.close();
            } finally {
                ended.countDown();
                forgetHook();
            }
        }

        private void forgetHook() {
            try {
                Runtime.getRuntime().removeShutdownHook(hook);
            } catch (IllegalStateException e) {
                // the machine is going down, and the hook with it
            }
        }
    }
}
