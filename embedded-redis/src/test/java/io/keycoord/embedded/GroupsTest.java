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
            assertThat(Admin.text(first, "ROLE")).startsWith("[slave");
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
