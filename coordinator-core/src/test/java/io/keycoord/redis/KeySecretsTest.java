package io.keycoord.redis;

import static io.keycoord.redis.Pools.headroom;
import static io.keycoord.redis.Pools.solo;
import static org.assertj.core.api.Assertions.assertThat;

import io.keycoord.ApiSecret;
import io.keycoord.SecretSource;
import io.keycoord.config.AccountConfig;
import io.keycoord.config.LimitConfig;
import io.keycoord.config.Secrets;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KeySecretsTest {
    private final LogLines log = new LogLines(KeySecrets.class);
    private final AtomicInteger firsts = new AtomicInteger();
    private final AtomicInteger asked = new AtomicInteger();
    private final Map<String, String> values = new ConcurrentHashMap<>(Map.of("test:a", "first-of-a"));
    private long now;

    @TempDir
    private Path folder = Path.of("");

    @AfterEach
    void stopListening() {
        log.close();
    }

    private KeySecrets secrets(SecretSource source, String... keys) {
        var accounts =
                Arrays.stream(keys).map(key -> solo(key, LimitConfig.NONE)).toArray(AccountConfig[]::new);
        return new KeySecrets(headroom(accounts), source, () -> now, firsts::incrementAndGet);
    }

    /** A user's source, without stamps. */
    private Optional<ApiSecret> vault(String reference) {
        asked.incrementAndGet();
        return Optional.ofNullable(values.get(reference)).map(ApiSecret::of);
    }

    private void pass(Duration time) {
        now += time.toNanos();
    }

    private static String revealed(KeySecrets secrets, String key) {
        return secrets.of(key).map(ApiSecret::reveal).orElse("none");
    }

    @Test
    void sourceWithoutStampsIsAskedOnceAMinute() {
        KeySecrets secrets = secrets(this::vault, "a");
        values.put("test:a", "second-of-a");

        pass(Duration.ofSeconds(59));
        secrets.of("a");
        secrets.look();
        assertThat(revealed(secrets, "a")).isEqualTo("first-of-a");
        assertThat(asked.get()).isEqualTo(1);

        pass(Duration.ofSeconds(1));
        secrets.look();
        secrets.look();
        assertThat(revealed(secrets, "a")).isEqualTo("second-of-a");
        assertThat(asked.get()).isEqualTo(2);
        assertThat(log.all()).containsExactly("INFO pool test: this worker has another secret for key a (****)");
    }

    @Test
    void refusedKeyIsAskedForAtOnceAndOnlyOnce() {
        KeySecrets secrets = secrets(this::vault, "a", "b");
        values.put("test:a", "second-of-a");
        int before = asked.get();

        secrets.refused("a");
        secrets.refused("a");
        secrets.refused("of-nobody");
        secrets.look();
        secrets.look();

        assertThat(revealed(secrets, "a")).isEqualTo("second-of-a");
        assertThat(asked.get() - before).isEqualTo(1);
    }

    @Test
    void keyWhoseSecretAppearsBecomesUsable() {
        KeySecrets secrets = secrets(this::vault, "a", "b");
        assertThat(secrets.missing()).isEqualTo("b");
        assertThat(secrets.has("b")).isFalse();
        values.put("test:b", "first-of-b");

        pass(Duration.ofMinutes(1));
        secrets.look();

        assertThat(secrets.missing()).isEmpty();
        assertThat(secrets.has("b")).isTrue();
        assertThat(revealed(secrets, "b")).isEqualTo("first-of-b");
        assertThat(firsts.get()).isEqualTo(1);
    }

    @Test
    void secretThatIsGoneStaysInUseWithOneWarning() {
        KeySecrets secrets = secrets(this::vault, "a");
        values.clear();

        for (int i = 0; i < 3; i++) {
            pass(Duration.ofMinutes(1));
            secrets.look();
        }

        assertThat(revealed(secrets, "a")).isEqualTo("first-of-a");
        assertThat(log.all())
                .containsExactly("WARN pool test: the secret of key a is gone; this worker goes on with the last one");
    }

    @Test
    void sourceThatFailsTakesNothingAwayAndItsWordsAreNotLogged() {
        AtomicInteger calls = new AtomicInteger();
        KeySecrets secrets = secrets(
                reference -> {
                    if (calls.getAndIncrement() > 0) {
                        throw new IllegalStateException("first-of-" + reference);
                    }
                    return Optional.of(ApiSecret.of("first-of-a"));
                },
                "a");

        pass(Duration.ofMinutes(1));
        secrets.look();

        assertThat(revealed(secrets, "a")).isEqualTo("first-of-a");
        assertThat(log.all())
                .containsExactly("WARN pool test: the secret of key a cannot be asked for (IllegalStateException);"
                        + " this worker goes on with the last one");
    }

    @Test
    void keysThatAreNotUsedAreLookedAtInTurn() {
        String[] keys = IntStream.range(0, 1_200).mapToObj(i -> "k" + i).toArray(String[]::new);
        KeySecrets secrets = secrets(reference -> Optional.of(ApiSecret.of(reference + "-" + now)), keys);
        pass(Duration.ofMinutes(1));
        String latest = "test:k1199-" + now;
        secrets.look();
        assertThat(secrets.of("k0"))
                .hasValueSatisfying(secret -> assertThat(secret.reveal()).endsWith("-" + now));

        secrets.look();
        secrets.look();

        assertThat(revealed(secrets, "k1199")).isEqualTo(latest);
    }

    private KeySecrets ofFile(Path file) {
        Secrets files = Secrets.standard();
        return secrets(
                new SecretSource() {
                    @Override
                    public Optional<ApiSecret> resolve(String reference) {
                        asked.incrementAndGet();
                        return files.resolve("file:" + file);
                    }

                    @Override
                    public Optional<String> stamp(String reference) {
                        return files.stamp("file:" + file);
                    }
                },
                "a");
    }

    @Test
    void fileThatIsReplacedIsReadAgainAndAnUnchangedOneIsNot() throws IOException {
        Path file = Files.writeString(folder.resolve("secret"), "sk-one\n");
        KeySecrets secrets = ofFile(file);
        FileTime time = Files.getLastModifiedTime(file);
        secrets.look();
        assertThat(asked.get()).isEqualTo(1);

        // Of the same size and time: only that it is another file tells.
        Path other = Files.writeString(folder.resolve("other"), "sk-two\n");
        Files.setLastModifiedTime(other, time);
        Files.move(other, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        secrets.look();

        assertThat(revealed(secrets, "a")).isEqualTo("sk-two");
        assertThat(asked.get()).isEqualTo(2);
    }

    @Test
    void fileBehindALinkThatIsTurnedIsReadAgain() throws IOException {
        Files.writeString(Files.createDirectory(folder.resolve("v1")).resolve("secret"), "sk-one");
        Files.writeString(Files.createDirectory(folder.resolve("v2")).resolve("secret"), "sk-two");
        Path data = Files.createSymbolicLink(folder.resolve("..data"), Path.of("v1"));
        Path file = Files.createSymbolicLink(folder.resolve("secret"), Path.of("..data", "secret"));
        KeySecrets secrets = ofFile(file);
        assertThat(revealed(secrets, "a")).isEqualTo("sk-one");

        Path turned = Files.createSymbolicLink(folder.resolve("..data_tmp"), Path.of("v2"));
        Files.move(turned, data, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        secrets.look();

        assertThat(revealed(secrets, "a")).isEqualTo("sk-two");
    }

    @Test
    void fileThatIsDeletedAndComesBackIsReadAgain() throws IOException {
        Path file = Files.writeString(folder.resolve("secret"), "sk-one");
        KeySecrets secrets = ofFile(file);

        Files.delete(file);
        secrets.look();
        assertThat(revealed(secrets, "a")).isEqualTo("sk-one");
        Files.writeString(file, "sk-three");
        secrets.look();

        assertThat(revealed(secrets, "a")).isEqualTo("sk-three");
    }

    @Test
    void fileThatIsBeingWrittenIsReadWhenItIsWhole() {
        AtomicInteger stamps = new AtomicInteger();
        KeySecrets secrets = secrets(
                new SecretSource() {
                    @Override
                    public Optional<ApiSecret> resolve(String reference) {
                        return vault(reference);
                    }

                    @Override
                    public Optional<String> stamp(String reference) {
                        return Optional.of("" + Math.min(3, stamps.incrementAndGet()));
                    }
                },
                "a");
        values.put("test:a", "sec");

        secrets.look();
        assertThat(revealed(secrets, "a")).isEqualTo("first-of-a");
        values.put("test:a", "second-of-a");
        secrets.look();

        assertThat(revealed(secrets, "a")).isEqualTo("second-of-a");
    }
}
