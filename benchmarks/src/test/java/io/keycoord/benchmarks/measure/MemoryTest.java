package io.keycoord.benchmarks.measure;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class MemoryTest {

    @Test
    void keysAndLeasesTakeMemoryAndSettledLeasesLess() {
        try (Server server = Server.embedded()) {
            Memory.Result result = Memory.measure(server, 200, 300, step -> {});

            assertThat(result.perKey()).isGreaterThan(100);
            assertThat(result.perLease()).isGreaterThan(50).isGreaterThan(result.perSettledLease());
            assertThat(server.isEmpty()).isTrue();
        }
    }
}
