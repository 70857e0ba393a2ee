package io.keycoord.console.batch;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ConcurrencyWindowTest {

    @Test
    void overloadHalvesAndOneIsTheLeast() {
        ConcurrencyWindow window = new ConcurrencyWindow(10);

        window.onOverload(window.onSent());
        assertThat(window.size()).isEqualTo(5);
        for (int i = 0; i < 5; i++) {
            window.onOverload(window.onSent());
        }
        assertThat(window.size()).isEqualTo(1);
    }

    @Test
    void callsSentBeforeAHalvingDoNotHalveAgain() {
        ConcurrencyWindow window = new ConcurrencyWindow(8);
        long first = window.onSent();
        long second = window.onSent();

        window.onOverload(first);
        window.onOverload(second);

        assertThat(window.size()).isEqualTo(4);
    }

    @Test
    void aWindowOfAnswersWidensItByAboutOneUpToTheMost() {
        ConcurrencyWindow window = new ConcurrencyWindow(10);
        window.onOverload(window.onSent());

        for (int i = 0; i < 6; i++) {
            window.onAnswer();
        }
        assertThat(window.size()).isEqualTo(6);
        for (int i = 0; i < 100; i++) {
            window.onAnswer();
        }
        assertThat(window.size()).isEqualTo(10);
    }
}
