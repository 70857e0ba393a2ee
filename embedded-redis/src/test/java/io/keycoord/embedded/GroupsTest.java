package io.keycoord.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Servers that belong together: they agree, replace a primary that is lost, and come together again. */
class GroupsTest {
    private static final Duration LIMIT = Duration.ofSeconds(30);

    @Test
    void sentinelsReplaceAPrimaryThatCrashed() throws Exception {
        try (EmbeddedSentinel group = EmbeddedSentinel.start()) {
            EmbeddedRedis first = group.primary();
            assertThat(Admin.text(first, "SET", "a", "1")).isEqualTo("OK");
            assertThat(Admin.text(first, "WAIT", 2, 5_000)).isEqualTo("2");
            first.crash();

            await().atMost(LIMIT).until(() -> group.primary() != first);

            assertThat(Admin.text(group.primary(), "GET", "a")).isEqualTo("1");
            group.heal();
            // Which one is the primary now is for the Sentinels to say, who may have changed their minds.
            for (EmbeddedRedis server : group.servers()) {
                assertThat(Admin.text(server, "GET", "a")).isEqualTo("1");
                assertThat(Admin.text(server, "ROLE")).startsWith(server == group.primary() ? "[master" : "[slave");
            }
        }
    }

    @Test
    void nothingRunsAfterTheEnd() {
        EmbeddedSentinel group = EmbeddedSentinel.start();
        group.close();
        group.close();

        assertThat(group.servers()).noneMatch(EmbeddedRedis::isRunning);
        assertThatExceptionOfType(UncheckedIOException.class).isThrownBy(group::primary);
    }

    @Test
    void aClusterServesEverySlotOnThreePrimaries() throws Exception {
        try (EmbeddedCluster cluster = EmbeddedCluster.start()) {
            Set<EmbeddedRedis> primaries = new HashSet<>();
            for (String key : List.of("a", "b", "c", "d", "e", "f", "g", "h")) {
                assertThat(Admin.text(cluster.primaryOf(key), "SET", key, "1")).isEqualTo("OK");
                primaries.add(cluster.primaryOf(key));
            }
            assertThat(primaries).hasSize(3);
            assertThat(cluster.servers()).hasSize(6).containsAll(primaries);
        }
    }
}
