package io.keycoord.clients;

import static org.assertj.core.api.Assertions.assertThat;

import io.keycoord.embedded.RedisExtension;
import io.keycoord.embedded.TestRedis;
import java.io.IOException;
import okhttp3.OkHttp;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@ExtendWith(RedisExtension.class)
class OkHttpTest {
    @Test
    void theNewestIsOnTheClassPathAlone() {
        assertThat(OkHttp.VERSION).startsWith("5.");
    }

    @ParameterizedTest
    @EnumSource
    void aCallLeasesAndSettles(OkHttpCalls call, TestRedis redis) throws IOException {
        redis.clear();
        OkHttpCalls.make(call.name(), redis.uri().toString());
    }
}
