package io.keycoord.console.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class KeyStoryTest {
    private static Store.Change change(long atMs, String key, String what) {
        return new Store.Change(atMs, key, what, "http_500_server");
    }

    @Test
    void aKeyThatLeftAndCameBackHasRecovered() {
        KeyStory story =
                KeyStory.of("a", List.of(change(1, "b", "OPENED"), change(2, "a", "OPENED"), change(9, "a", "CLOSED")));

        assertThat(story.recovered()).isTrue();
        assertThat(story.openedMs()).isEqualTo(OptionalLong.of(2));
        assertThat(story.closedMs()).isEqualTo(OptionalLong.of(9));
    }

    @Test
    void theFirstOpeningAndTheLastClosingCount() {
        KeyStory story = KeyStory.of(
                "a",
                List.of(
                        change(2, "a", "OPENED"),
                        change(5, "a", "HALF_OPEN"),
                        change(6, "a", "OPENED"),
                        change(9, "a", "CLOSED")));

        assertThat(story.openedMs()).isEqualTo(OptionalLong.of(2));
        assertThat(story.closedMs()).isEqualTo(OptionalLong.of(9));
    }

    @Test
    void aKeyThatLeftAgainHasNotRecovered() {
        KeyStory story = KeyStory.of(
                "a", List.of(change(2, "a", "OPENED"), change(6, "a", "CLOSED"), change(9, "a", "DISABLED")));

        assertThat(story.recovered()).isFalse();
        assertThat(story.lastChange()).isEqualTo("DISABLED");
    }

    @Test
    void aKeyThatNeverLeftHasNoStory() {
        assertThat(KeyStory.of("a", List.of(change(1, "b", "OPENED"))))
                .isEqualTo(new KeyStory(OptionalLong.empty(), OptionalLong.empty(), ""));
    }
}
