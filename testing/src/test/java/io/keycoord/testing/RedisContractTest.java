package io.keycoord.testing;

import org.junit.jupiter.api.extension.RegisterExtension;

/** On a real Redis. */
class RedisContractTest implements CoordinatorContract {
    @RegisterExtension
    final KeycoordExtension keycoord = KeycoordExtension.onRedis();

    @Override
    public KeycoordExtension keycoord() {
        return keycoord;
    }
}
