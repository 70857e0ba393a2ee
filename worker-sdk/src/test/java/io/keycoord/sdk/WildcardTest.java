package io.keycoord.sdk;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WildcardTest {

    @ParameterizedTest
    @CsvSource({
        "rate_limit, rate_limit, true",
        "rate_limit, RATE_LIMIT, true",
        "rate_limit, rate_limited, false",
        "billing_*, billing_not_active, true",
        "billing_*, billing_, true",
        "billing_*, no_billing_x, false",
        "*PerDay*, RequestsPerDayPerModel, true",
        "*PerDay*, perday, true",
        "*PerDay*, PerMinute, false",
        "*Exception, ThrottlingException, true",
        "*Exception, Exceptional, false",
        "a*a, a, false",
        "a*a, aa, true",
        "a*b*a, abba, true",
        "a*b*a, aa, false"
    })
    void wholeTextHasItsForm(String form, String text, boolean expected) {
        assertThat(Wildcard.of(form).matches(text)).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource({
        "credit, no Credit left, true",
        "credit, crediting, true",
        "prepay*depleted, your prepayment credits are depleted., true",
        "prepay*depleted, depleted before prepayment, false",
        "a*a, a, false"
    })
    void partOfATextHasItsForm(String form, String text, boolean expected) {
        assertThat(Wildcard.of(form).isIn(text)).isEqualTo(expected);
    }
}
