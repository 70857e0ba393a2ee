package io.keycoord.sdk.call;

import static io.keycoord.sdk.okhttp.FakeCoordinator.key;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.keycoord.Acquisition.Denied;
import io.keycoord.Acquisition.Reason;
import io.keycoord.KeyUnavailableException;
import io.keycoord.Outcome;
import io.keycoord.Outcome.Block;
import io.keycoord.Outcome.Scope;
import io.keycoord.PoolInfo;
import io.keycoord.StoreUnavailableException;
import io.keycoord.sdk.CallFacts;
import io.keycoord.sdk.Classification;
import io.keycoord.sdk.FaultClass;
import io.keycoord.sdk.OtherKey;
import io.keycoord.sdk.okhttp.FakeCoordinator;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class RoutePlanTest {
    private static final CallFacts ASKED = new CallFacts(Optional.of("a"), 10, 20);
    private static final Outcome FAILED = Outcome.providerFailed("x");
    private static final Outcome LIMITED = Outcome.rateLimited(Duration.ofSeconds(9));

    private final CallOptions options = CallOptions.standard()
            .withFallbackModels("a", List.of("b", "c"))
            .withLastResort("second")
            .withLastResort("third", model -> model.equals("a") ? "z" : null);
    private final PoolCalls own = PoolCalls.of(
            new FakeCoordinator("openai", URI.create("http://127.0.0.1:1/v1"), key("k", "k")) {
                @Override
                public PoolInfo pool(String id) {
                    return new PoolInfo(id, "openai", URI.create("http://127.0.0.1:1/" + id), Map.of());
                }
            },
            "own",
            options);

    private RoutePlan plan(CallFacts told, boolean rewritable) {
        return RoutePlan.of(own, told, () -> rewritable, true);
    }

    private static Classification trouble(Outcome outcome, OtherKey other, boolean ambiguous) {
        return new Classification(
                "X", FaultClass.SERVER, outcome, Duration.ZERO, false, other, false, ambiguous, false);
    }

    private static KeyUnavailableException denied(Reason reason) {
        return new KeyUnavailableException(new Denied("own", reason, Duration.ZERO));
    }

    private static List<String> walk(RoutePlan plan, Reason reason) {
        return Stream.iterate(
                        plan.afterDenial(denied(reason)), Optional::isPresent, last -> plan.afterDenial(denied(reason)))
                .map(route -> route.get().toString())
                .toList();
    }

    @Test
    void modelsComeBeforePools() {
        assertThat(walk(plan(ASKED, true), Reason.ENDPOINT))
                .containsExactly("own with model b", "own with model c", "second", "third with model z");
    }

    @Test
    void whatIsNoFaultOfTheModelLeavesThePool() {
        assertThat(walk(plan(ASKED, true), Reason.RATE_LIMITED)).containsExactly("second", "third with model z");
    }

    @Test
    void bodyInWhichNoModelCanBeWrittenKeepsItsModel() {
        assertThat(walk(plan(ASKED, false), Reason.ENDPOINT)).containsExactly("second");
        assertThat(walk(plan(CallFacts.UNKNOWN, true), Reason.ENDPOINT)).containsExactly("second", "third");
    }

    @Test
    void modelThatAnotherPoolDoesNotHaveStays() {
        assertThat(walk(plan(new CallFacts(Optional.of("q"), 0, 0), true), Reason.BLOCKED))
                .containsExactly("second");
    }

    @Test
    void modelThatCannotBeLeasedIsRefusedAtTheStart() {
        PoolCalls wrong =
                PoolCalls.of(own.keys(), "own", CallOptions.standard().withLastResort("second", model -> "my model"));

        assertThatThrownBy(() -> RoutePlan.of(wrong, ASKED, () -> true, true))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("model for pool second is \"my model\", expected 1 to 128 printable ASCII characters"
                        + " without blanks");
    }

    @Test
    void nothingIsToBeHadWhereAllPoolsFareAlike() {
        assertThat(plan(ASKED, true).afterDenial(denied(Reason.CLOSED))).isEmpty();
        assertThat(plan(ASKED, true).afterDenial(new StoreUnavailableException("x", new IOException("y"))))
                .isEmpty();
    }

    @Test
    void failureOfTheProviderTriesTheNextModelAndALimitTheNextPool() {
        assertThat(plan(ASKED, true).after(trouble(FAILED, OtherKey.ANY, false)).map(Route::toString))
                .contains("own with model b");
        assertThat(plan(ASKED, true)
                        .after(trouble(LIMITED, OtherKey.OTHER_ACCOUNT, false))
                        .map(Route::toString))
                .contains("second");
    }

    @Test
    void modelThatRestsIsLeftEvenIfNoKeyCanHelp() {
        Outcome rests = LIMITED.withBlock(new Block(Scope.ENDPOINT, Duration.ofSeconds(3)));
        RoutePlan plan = plan(ASKED, true);

        assertThat(plan.leavesAtOnce(trouble(rests, OtherKey.NONE, false))).isTrue();
        assertThat(plan.after(trouble(rests, OtherKey.NONE, false)).map(Route::toString))
                .contains("own with model b");
    }

    @Test
    void whatMayNotBeRepeatedIsNotRepeatedElsewhere() {
        Classification ambiguous = trouble(FAILED, OtherKey.ANY, true);
        Classification failure = trouble(FAILED, OtherKey.ANY, false);

        assertThat(plan(ASKED, true).after(ambiguous)).isEmpty();
        assertThat(plan(ASKED, true).after(trouble(FAILED, OtherKey.NONE, false)))
                .isEmpty();
        assertThat(plan(ASKED, true).after(trouble(Outcome.callerFault("x"), OtherKey.ANY, false)))
                .isEmpty();
        assertThat(plan(ASKED, true).after(trouble(Outcome.aborted(), OtherKey.ANY, false)))
                .isEmpty();
        assertThat(RoutePlan.of(own, ASKED, () -> true, false).after(failure)).isEmpty();
        assertThat(RoutePlan.of(own, ASKED, () -> true, true).after(failure)).isPresent();
    }

    @Test
    void failuresSpendTheBudgetOfRetries() {
        long gone = IntStream.range(0, 50)
                .filter(i -> plan(ASKED, true)
                        .after(trouble(FAILED, OtherKey.ANY, false))
                        .isPresent())
                .count();

        assertThat(gone).isEqualTo(10);
        assertThat(options.counts().fallbackModels()).isEqualTo(10);
    }

    @ParameterizedTest
    @EnumSource(Reason.class)
    void eachDenialIsCounted(Reason reason) {
        int ways = walk(plan(ASKED, true), reason).size();

        assertThat(options.counts().fallbackModels() + options.counts().lastResorts())
                .isEqualTo(ways);
    }

    @Test
    void factsAreThoseOfTheModelOnTheWay() {
        assertThat(new Route(own, Optional.of("b")).facts(ASKED)).isEqualTo(new CallFacts(Optional.of("b"), 10, 20));
        assertThat(new Route(own, Optional.empty()).facts(ASKED)).isEqualTo(ASKED);
    }
}
