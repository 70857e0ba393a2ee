package io.keycoord.redis.model;

import static org.assertj.core.api.Assertions.assertThat;

import io.keycoord.embedded.RedisExtension;
import io.keycoord.embedded.TestRedis;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What the scripts take for an argument, and what they refuse, is what their headers say. */
@ExtendWith(RedisExtension.class)
class ScriptArgumentsTest {
    @Test
    void argumentsAreTakenWithinTheirRangesAndNowhereElse(TestRedis redis) {
        redis.clear();
        try (Scripts scripts = new Scripts(redis.uri())) {
            assertThat(new Comparison(scripts).run(ArgumentPlay.play())).isEmpty();
        }
    }
}
