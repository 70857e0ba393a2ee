package io.keycoord.sdk;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class DataSightTest {
    private static boolean sees(DataSight sight, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        return sight.sees(bytes, 0, bytes.length);
    }

    private static boolean events(String text) {
        return sees(DataSight.of("text/event-stream"), text);
    }

    @Test
    void commentsNamesAndEmptyDataAreNoData() {
        assertThat(events(": data: {}\n\n")).isFalse();
        assertThat(events("event: message_start\nid: 7\nretry: 10\n\n")).isFalse();
        assertThat(events("data:\ndata:  \n\n")).isFalse();
        assertThat(events("xdata: 1\n")).isFalse();
    }

    @Test
    void dataIsSeenBeforeItsLineEnds() {
        assertThat(events("data: {")).isTrue();
        assertThat(events("data:x")).isTrue();
        assertThat(events(": comment\r\n\r\ndata: {}\r\n")).isTrue();
    }

    @Test
    void pingsAreNoDataAndOnlyTheyAreNot() {
        DataSight sight = DataSight.of("text/event-stream");

        assertThat(sees(sight, "event: ping\r\ndata: {\"type\": \"ping\"}\r\n\r\n"))
                .isFalse();
        assertThat(sees(sight, "data: {}")).isTrue();
    }

    @Test
    void piecesOfALineAreOneLine() {
        DataSight sight = DataSight.of("text/event-stream");

        assertThat(sees(sight, "da")).isFalse();
        assertThat(sees(sight, "ta: ")).isFalse();
        assertThat(sees(sight, "1")).isTrue();
        assertThat(sees(sight, "\n: da")).isFalse();
        assertThat(sees(sight, "ta: 2 and a comment that is longer than what is kept of a line"))
                .isFalse();
    }

    @Test
    void blanksAreNoDataInJsonButElsewhere() {
        assertThat(sees(DataSight.of("application/json"), " \r\n\t")).isFalse();
        assertThat(sees(DataSight.of("application/json"), "\n{")).isTrue();
        assertThat(sees(DataSight.of("audio/mpeg"), " ")).isTrue();
        assertThat(sees(DataSight.of(""), "\n")).isTrue();
    }
}
