package io.keycoord.sdk.faults;

import io.keycoord.embedded.RedisExtension;
import io.keycoord.embedded.TestRedis;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** Calls of a provider that fails, with leases in a real Redis whose books are looked into. */
@ExtendWith(RedisExtension.class)
@Timeout(120)
abstract class FaultTest {
    static final String BODY =
            "{\"model\":\"vendor/model\",\"max_tokens\":50,\"messages\":[{\"role\":\"user\",\"content\":\"Hello you\"}]}";

    final TestRedis redis;
    final Ledger ledger;

    FaultTest(TestRedis redis) {
        this.redis = redis;
        this.ledger = new Ledger(redis.uri());
    }

    @BeforeEach
    void clear() {
        redis.clear();
    }

    @AfterEach
    void closeLedger() {
        ledger.close();
    }
}
