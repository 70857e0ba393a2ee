package io.keycoord.embedded;

import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * Gives tests a {@link TestRedis}: the one named by {@code KEYCOORD_TEST_REDIS_URL} in the environment, else one in a
 * container when Docker answers within 5 s, else an {@link EmbeddedRedis}. Having none is a failure, never a skip.
 *
 * <p>One Redis serves all test classes of the JVM and ends with the last. Each top-level class starts with an empty database
 * (see {@link TestRedis#clear}); between its tests a class clears for itself. Classes that use it cannot run side by side.
 *
 * <p>Containers need {@code org.testcontainers:testcontainers} on the test class path.
 */
public final class RedisExtension implements BeforeAllCallback, ParameterResolver {
    private static final Namespace NAMESPACE = Namespace.create(RedisExtension.class);

    /** For {@code @ExtendWith} and {@code @RegisterExtension}. */
    public RedisExtension() {}

    @Override
    public void beforeAll(ExtensionContext context) {
        if (context.getRequiredTestClass().getEnclosingClass() == null) {
            redis(context).clear();
        }
    }

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        return parameter.getParameter().getType() == TestRedis.class;
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
        return redis(context);
    }

    /** The Redis of this JVM, for extensions that build on this one. */
    public static TestRedis redis(ExtensionContext context) {
        // The root store closes the server after the last test.
        return context.getRoot()
                .getStore(NAMESPACE)
                .getOrComputeIfAbsent(TestServer.class, key -> TestServer.start(System.getenv()), TestServer.class)
                .redis();
    }
}
