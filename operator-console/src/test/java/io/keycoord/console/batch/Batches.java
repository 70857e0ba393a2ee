package io.keycoord.console.batch;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import io.keycoord.console.WorkerJvm;
import io.keycoord.console.cli.Main;
import io.keycoord.simulator.Latency;
import io.keycoord.simulator.ProviderSimulator;
import io.keycoord.simulator.Rate;
import io.keycoord.simulator.SimulatedAccount;
import io.keycoord.simulator.SimulatorConfig;
import io.keycoord.simulator.SimulatorStats;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/** A folder, a simulated provider, and batches run against it in processes of their own. */
final class Batches implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration PATIENCE = Duration.ofMinutes(3);
    private static final int ACCOUNTS = 3;

    final Path dir;
    final ProviderSimulator provider;
    private final List<Process> started = new ArrayList<>();

    /** Each account allows so many requests in two seconds, and eight at a time. */
    Batches(Path dir, int requestsInTwoSeconds) throws IOException {
        this.dir = dir;
        SimulatorConfig.Builder config = SimulatorConfig.builder()
                .latency(Latency.uniform(Duration.ofMillis(20), Duration.ofMillis(60)))
                .models(List.of("sim/chat"));
        StringBuilder accounts = new StringBuilder();
        for (int i = 1; i <= ACCOUNTS; i++) {
            String secret = "sim-secret-of-account-" + i;
            Path file = Files.writeString(dir.resolve("secret-" + i), secret + "\n");
            config.account(SimulatedAccount.builder("a" + i)
                    .key("a" + i + "-1", secret)
                    .requests(Rate.bucket(requestsInTwoSeconds, Duration.ofSeconds(2)))
                    .concurrency(8)
                    .build());
            accounts.append(i == 1 ? "" : ",").append(account(i, requestsInTwoSeconds, file));
        }
        provider = ProviderSimulator.start(config.build());
        Files.writeString(
                dir.resolve("keycoord.json"),
                "{\"pools\":[{\"id\":\"sim\",\"provider\":\"openrouter\",\"leaseTtl\":\"5s\",\"baseUrl\":\""
                        + provider.baseUrl() + "\",\"accounts\":[" + accounts + "]}]}");
    }

    private static String account(int i, int requests, Path secret) {
        return "{\"id\":\"a" + i + "\",\"limits\":[{\"models\":\"*\",\"requests\":\"" + requests
                + "/2s\",\"concurrency\":8}],\"keys\":[{\"id\":\"a" + i + "-1\",\"secret\":\"file:" + secret + "\"}]}";
    }

    /** Writes so many requests, of the model of the simulator and both forms. */
    void writeInput(int lines) throws IOException {
        StringBuilder text = new StringBuilder();
        for (int i = 1; i <= lines; i++) {
            String body =
                    "{\"model\":\"sim/chat\",\"max_tokens\":20,\"messages\":[{\"role\":\"user\",\"content\":\"number "
                            + i + "\"}]}";
            text.append(i % 3 == 0 ? "{\"custom_id\":\"c" + i + "\",\"body\":" + body + "}" : body)
                    .append('\n');
        }
        Files.writeString(dir.resolve("in.jsonl"), text);
    }

    /** Starts {@code keycoord batch} with four workers. What it prints goes to the files out.txt and err.txt. */
    Process start(String... more) throws IOException {
        ProcessBuilder command = WorkerJvm.of(Main.class);
        command.command().addAll(List.of("batch", "in.jsonl", "-o", "out.jsonl", "--config", "keycoord.json"));
        command.command().addAll(List.of(more));
        command.directory(dir.toFile());
        command.redirectOutput(dir.resolve("out.txt").toFile());
        command.redirectError(dir.resolve("err.txt").toFile());
        Process process = command.start();
        started.add(process);
        return process;
    }

    /** Runs {@code keycoord batch} to its end. */
    int run(String... more) throws IOException, InterruptedException {
        return exitCode(start(more));
    }

    int exitCode(Process process) throws InterruptedException {
        assertThat(process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS))
                .as("ended")
                .isTrue();
        return process.exitValue();
    }

    SimulatorStats.Counts counts() {
        return provider.stats().total();
    }

    String printed(String file) throws IOException {
        return Files.readString(dir.resolve(file));
    }

    /** How many whole lines the output has now. */
    long outputLines() throws IOException {
        Path out = dir.resolve("out.jsonl");
        return Files.exists(out)
                ? Files.readString(out).chars().filter(c -> c == '\n').count()
                : 0;
    }

    /** The output by line id; fails if an id is there twice. */
    Map<String, JsonNode> output() throws IOException {
        Map<String, JsonNode> lines = new TreeMap<>();
        for (String line : Files.readAllLines(dir.resolve("out.jsonl"))) {
            JsonNode json = JSON.readTree(line);
            assertThat(lines.put(json.path("id").asText(), json))
                    .as("line %s twice", json.path("id"))
                    .isNull();
        }
        return lines;
    }

    JsonNode line(String id) throws IOException {
        return output().getOrDefault(id, MissingNode.getInstance());
    }

    @Override
    public void close() {
        started.forEach(process -> process.descendants().forEach(ProcessHandle::destroyForcibly));
        started.forEach(Process::destroyForcibly);
        provider.close();
    }
}
