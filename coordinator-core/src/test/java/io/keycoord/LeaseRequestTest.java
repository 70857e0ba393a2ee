package io.keycoord;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class LeaseRequestTest {

    @Test
    void eachChangeKeepsTheOthers() {
        LeaseRequest request = LeaseRequest.of("p")
                .withModel("m")
                .withTokens(1, 2)
                .withTenant("t")
                .withMaxWait(Duration.ofSeconds(3))
                .withAffinity("s")
                .withoutKey("k")
                .withoutAccount("a")
                .withoutKey("l");

        assertThat(request.pool()).isEqualTo("p");
        assertThat(request.model()).isEqualTo("m");
        assertThat(request.inputTokens()).isEqualTo(1);
        assertThat(request.outputTokens()).isEqualTo(2);
        assertThat(request.tenant()).contains("t");
        assertThat(request.maxWait()).contains(Duration.ofSeconds(3));
        assertThat(request.affinity()).contains("s");
        assertThat(request.excludedKeys()).containsExactlyInAnyOrder("k", "l");
        assertThat(request.excludedAccounts()).containsExactly("a");
    }

    @Test
    void aChangedCopyLeavesTheFirstAsItWas() {
        LeaseRequest first = LeaseRequest.of("p");

        assertThat(first.withTenant("t").withModel("m").tenant()).contains("t");

        assertThat(first.tenant()).isEmpty();
        assertThat(first.model()).isEqualTo(LeaseRequest.ANY_MODEL);
    }

    @Test
    void anEmptyTenantIsNotNobody() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> LeaseRequest.of("p").withTenant(""))
                .withMessage("tenant is empty, expected the id of a tenant of the pool");
    }
}
