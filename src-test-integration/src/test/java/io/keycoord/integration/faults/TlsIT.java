package io.keycoord.integration.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.keycoord.embedded.EmbeddedRedis;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Worker JVMs on the other side of TLS: {@code rediss://}, and a certificate that they trust or not. */
class TlsIT {
    private static final FaultPool POOL = FaultPool.of(60_000, 2, 40);
    private static final int HELD = 4;

    @TempDir
    Path folder;

    private final List<AutoCloseable> opened = new ArrayList<>();

    @AfterEach
    void end() throws Exception {
        for (int i = opened.size() - 1; i >= 0; i--) {
            opened.get(i).close();
        }
    }

    private <T extends AutoCloseable> T opened(T thing) {
        opened.add(thing);
        return thing;
    }

    private static String url(FaultProxy tls) {
        return "rediss://127.0.0.1:" + tls.port();
    }

    private WorkerJvm worker(FaultProxy tls, String... options) throws Exception {
        return opened(WorkerJvm.start(url(tls), POOL, options));
    }

    @Test
    void aWorkerLeasesFromAServerThatItTrusts() throws Exception {
        Certificate certificate = Certificate.of(folder, "ip:127.0.0.1");
        EmbeddedRedis redis = opened(EmbeddedRedis.start());
        FaultProxy tls = opened(new FaultProxy(redis.port(), certificate.listeners()));
        PoolState state = opened(new PoolState(redis.uri(), POOL));
        WorkerJvm worker = worker(tls, certificate.options());
        worker.await("ready");

        worker.hold(HELD);
        assertThat(state.inFlight()).isEqualTo(HELD);
        tls.reset();
        worker.order("settle 10");
        worker.await("settled");

        assertThat(state.inFlight()).isZero();
        assertThat(state.callsOk()).isEqualTo(HELD);
    }

    @Test
    void aServerThatNobodyVouchesForIsRefused() throws Exception {
        Certificate certificate = Certificate.of(folder, "ip:127.0.0.1");

        assertRefused(certificate);
    }

    @Test
    void aServerOfAnotherNameIsRefused() throws Exception {
        Certificate certificate = Certificate.of(folder, "dns:redis.elsewhere.example");

        assertRefused(certificate, certificate.options());
    }

    private void assertRefused(Certificate certificate, String... options) throws Exception {
        EmbeddedRedis redis = opened(EmbeddedRedis.start());
        FaultProxy tls = opened(new FaultProxy(redis.port(), certificate.listeners()));
        PoolState state = opened(new PoolState(redis.uri(), POOL));

        WorkerJvm worker = worker(tls, options);

        assertThat(worker.awaitEnd()).isNotZero();
        assertThat(worker.logged("StoreUnavailableException")).isNotEmpty();
        assertThat(worker.logged("SSLHandshakeException")).isNotEmpty();
        assertThat(state.jedis.dbSize()).isZero();
    }
}
