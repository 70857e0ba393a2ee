package io.keycoord.clients;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.keycoord.embedded.RedisExtension;
import io.keycoord.embedded.TestRedis;
import java.io.File;
import java.lang.reflect.InvocationTargetException;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.Objects;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The same calls for those who have to stay on OkHttp 4: everything but JUnit loaded anew, with its classes and without
 * the libraries that only the optional adapters need.
 */
@ExtendWith(RedisExtension.class)
class OkHttp4Test {
    private static final Pattern LEFT_OUT = Pattern.compile("okhttp-|langchain4j-|anthropic-|spring-");
    private static final URLClassLoader CLASSES = new URLClassLoader(classPath(), ClassLoader.getPlatformClassLoader());

    @AfterAll
    static void close() throws Exception {
        CLASSES.close();
    }

    private static URL[] classPath() {
        String path = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
        Path okhttp4 = Path.of(Objects.requireNonNull(System.getProperty("keycoord.okhttp4"), "keycoord.okhttp4"));
        Stream<Path> others = Stream.of(path.split(File.pathSeparator))
                .map(Path::of)
                .filter(file -> !LEFT_OUT.matcher(file.getFileName().toString()).lookingAt());
        return Stream.concat(Stream.of(okhttp4), others).map(OkHttp4Test::url).toArray(URL[]::new);
    }

    private static URL url(Path file) {
        try {
            return file.toUri().toURL();
        } catch (MalformedURLException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void version4IsLoaded() throws Exception {
        assertThat(CLASSES.loadClass("okhttp3.OkHttp").getField("VERSION").get(null))
                .isEqualTo("4.12.0");
    }

    @Test
    void theLibrariesOfTheAdaptersAreAbsent() {
        assertThatExceptionOfType(ClassNotFoundException.class)
                .isThrownBy(() -> CLASSES.loadClass("dev.langchain4j.http.client.HttpClient"));
    }

    @ParameterizedTest
    @EnumSource
    void aCallLeasesAndSettles(OkHttpCalls call, TestRedis redis) throws Exception {
        redis.clear();
        try {
            CLASSES.loadClass(OkHttpCalls.class.getName())
                    .getMethod("make", String.class, String.class)
                    .invoke(null, call.name(), redis.uri().toString());
        } catch (InvocationTargetException e) {
            throw new AssertionError("on OkHttp 4: " + e.getCause(), e.getCause());
        }
    }
}
