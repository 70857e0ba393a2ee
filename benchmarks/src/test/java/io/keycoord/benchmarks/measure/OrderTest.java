package io.keycoord.benchmarks.measure;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class OrderTest {

    @Test
    void firstComeFirstServedHasNoInversions() {
        assertThat(Order.of(List.of(0, 1, 2, 3))).isEqualTo(new Order(0, 6, 0));
    }

    @Test
    void lastComeFirstServedInvertsAllPairs() {
        Order order = Order.of(List.of(3, 2, 1, 0));

        assertThat(order).isEqualTo(new Order(6, 6, 3));
        assertThat(order.invertedShare()).isEqualTo(1);
    }

    @Test
    void oneWhoWaitsLongestIsOvertakenByAllOthers() {
        assertThat(Order.of(List.of(1, 2, 3, 0))).isEqualTo(new Order(3, 6, 3));
    }

    @Test
    void nobodyIsInOrder() {
        assertThat(Order.of(List.of()).invertedShare()).isZero();
    }
}
