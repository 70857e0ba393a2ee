package io.keycoord.redis;

import io.keycoord.config.PoolConfig;
import org.junit.jupiter.api.Nested;

/** What scripts do when they are called as functions: the same. */
class ScriptsAsFunctionsTest {
    @Nested
    class Acquires extends AcquireScriptTest {
        @Override
        Engine engine(PoolConfig config) {
            return new Engine(jedis, config, Scripting.FUNCTIONS);
        }
    }

    @Nested
    class Settlements extends SettleScriptTest {
        @Override
        Engine engine(PoolConfig config) {
            return new Engine(jedis, config, Scripting.FUNCTIONS);
        }
    }

    @Nested
    class Batches extends BatchScriptTest {
        @Override
        Engine engine(PoolConfig config) {
            return new Engine(jedis, config, Scripting.FUNCTIONS);
        }
    }

    @Nested
    class Explanations extends ExplainScriptTest {
        @Override
        Engine engine(PoolConfig config) {
            return new Engine(jedis, config, Scripting.FUNCTIONS);
        }
    }

    @Nested
    class Operators extends OperateScriptTest {
        @Override
        Engine engine(PoolConfig config) {
            return new Engine(jedis, config, Scripting.FUNCTIONS);
        }
    }

    /** Functions are refused as a whole before they start, but for those that may run all the same. */
    @Nested
    class OnAFullRedis extends FullRedisTest {
        @Override
        Engine engine(PoolConfig config) {
            return new Engine(jedis, config, Scripting.FUNCTIONS);
        }
    }
}
