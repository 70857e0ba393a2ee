package io.keycoord.redis.model;

import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import io.keycoord.redis.PlannedPool;
import java.io.ByteArrayInputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.platform.engine.DiscoverySelector;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;
import org.junit.platform.launcher.listeners.TestExecutionSummary;

/** The tests of the scripts, run on a mutant: its text takes the place of the one on the class path. */
final class MutantTests {
    private static final String LUA = "META-INF/keycoord/lua/";
    private static final long LIMIT_SECONDS = 120;
    private static final List<String> TESTS = List.of(
            "CalendarModuleTest",
            "AcquireScriptTest",
            "SearchScriptTest",
            "ReservationScriptTest",
            "SearchOrderScriptTest",
            "UnitScriptTest",
            "LeaseScriptTest",
            "RenewScriptTest",
            "EndpointScriptTest",
            "FixedWindowScriptTest",
            "SlidingWindowScriptTest",
            "PriorityBoundsTest",
            "SettleScriptTest",
            "RefundScriptTest",
            "BreakerScriptTest",
            "OperateScriptTest",
            "LimitModesTest",
            "RegressionScriptTest",
            "DamagedStateTest",
            "LeastBadTest",
            "ClockStepTest",
            "FairnessTest",
            "LearningScriptTest",
            "OutageScriptTest",
            "HealthScriptTest",
            "PriorityScriptTest",
            "BudgetScriptTest",
            "BatchScriptTest",
            "SwitchScriptTest",
            "AffinityScriptTest",
            "ReportScriptTest",
            "WaitingScriptTest",
            "WaitingBoundsTest",
            "ExplainScriptTest");

    /** The name of a test that fails; empty if all pass. Those named after the mutant's file come first. */
    static Optional<String> failure(Mutant mutant) throws InterruptedException {
        String file = mutant.file().substring(mutant.file().lastIndexOf('/') + 1);
        List<String> tests = TESTS.stream()
                .sorted(Comparator.comparing(
                        test -> !test.toLowerCase(Locale.ROOT).startsWith(file)))
                .toList();
        for (String test : tests) {
            Optional<String> failure = failure(mutant, test);
            if (failure.isPresent()) {
                return failure;
            }
        }
        return Optional.empty();
    }

    private static Optional<String> failure(Mutant mutant, String test) throws InterruptedException {
        FutureTask<Optional<String>> run = new FutureTask<>(() -> run(mutant, test));
        Thread thread = new Thread(run, "mutant-" + test);
        thread.setDaemon(true);
        thread.start();
        try {
            return run.get(LIMIT_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw new IllegalStateException(test + " cannot be run on " + mutant, e);
        } catch (TimeoutException e) {
            return Optional.of(test + " does not end");
        }
    }

    private static Optional<String> run(Mutant mutant, String test) throws IOException, ClassNotFoundException {
        try (Loader loader = new Loader(mutant)) {
            Class<?> tests = Class.forName(PlannedPool.class.getPackageName() + "." + test, true, loader);
            DiscoverySelector selector = selectClass(tests);
            LauncherDiscoveryRequest request = LauncherDiscoveryRequestBuilder.request()
                    .selectors(selector)
                    .build();
            SummaryGeneratingListener listener = new SummaryGeneratingListener();
            LauncherFactory.create().execute(request, listener);
            TestExecutionSummary summary = listener.getSummary();
            return summary.getFailures().stream()
                    .map(failure -> test + ", " + failure.getTestIdentifier().getDisplayName())
                    .findFirst();
        }
    }

    private MutantTests() {}

    /** Loads this module's classes anew, so that they read the scripts anew. */
    private static final class Loader extends URLClassLoader {
        private final Mutant mutant;

        Loader(Mutant mutant) {
            super(ours(), Loader.class.getClassLoader());
            this.mutant = mutant;
        }

        private static URL[] ours() {
            return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator, -1))
                    .map(Path::of)
                    .filter(path -> path.toFile().isDirectory())
                    .map(Loader::url)
                    .toArray(URL[]::new);
        }

        private static URL url(Path path) {
            try {
                return path.toUri().toURL();
            } catch (MalformedURLException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
            boolean ours = name.startsWith("io.keycoord.") && !name.startsWith("io.keycoord.embedded.");
            if (!ours) {
                return super.loadClass(name, resolve);
            }
            synchronized (getClassLoadingLock(name)) {
                Class<?> loaded = findLoadedClass(name);
                return loaded == null ? findClass(name) : loaded;
            }
        }

        @Override
        public InputStream getResourceAsStream(String name) {
            return name.equals(LUA + mutant.file() + ".lua")
                    ? new ByteArrayInputStream(mutant.text().getBytes(StandardCharsets.UTF_8))
                    : super.getResourceAsStream(name);
        }
    }
}
