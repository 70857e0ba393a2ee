package io.keycoord.sdk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class CallWindowTest {
    private final CallWindow window = new CallWindow(8);

    private long sent(int calls) {
        return IntStream.range(0, calls).mapToLong(i -> window.onSent()).max().orElseThrow();
    }

    @Test
    void beginsFullyOpenAndGrowsNoFurther() {
        window.onAnswer();

        assertThat(window.size()).isEqualTo(8);
    }

    @Test
    void callsOfOneWindowHalveItOnce() {
        long last = sent(8);

        for (long number = last - 7; number <= last; number++) {
            window.onOverload(number);
        }

        assertThat(window.size()).isEqualTo(4);
        window.onOverload(window.onSent());
        assertThat(window.size()).isEqualTo(2);
    }

    @Test
    void isNeverShut() {
        for (int i = 0; i < 10; i++) {
            window.onOverload(window.onSent());
        }

        assertThat(window.size()).isEqualTo(1);
    }

    @Test
    void widensByAboutOneForAsManyAnswersAsItIsWide() {
        window.onOverload(sent(8));
        for (int i = 0; i < 4; i++) {
            window.onAnswer();
            assertThat(window.size()).isEqualTo(4);
        }

        window.onAnswer();
        assertThat(window.size()).isEqualTo(5);

        for (int i = 0; i < 100; i++) {
            window.onAnswer();
        }
        assertThat(window.size()).isEqualTo(8);
    }

    @Test
    void isForOneCallAtLeast() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new CallWindow(0))
                .withMessage("most is 0, expected 1 or more");
    }
}
