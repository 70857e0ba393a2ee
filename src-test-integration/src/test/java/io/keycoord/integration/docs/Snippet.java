package io.keycoord.integration.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.StringWriter;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/** Java code of a document: compiled within a class of its own, and run. */
final class Snippet {
    private static final String IMPORTS = """
            import io.keycoord.*;
            import io.keycoord.config.*;
            import io.keycoord.redis.RedisKeyCoordinator;
            import io.keycoord.sdk.okhttp.LeasedHttp;
            import io.keycoord.sdk.openrouter.*;
            import java.nio.file.Path;
            import okhttp3.*;
            """;

    private Snippet() {}

    /**
     * Compiles members of a class and calls its static method {@code run}.
     *
     * @param dir an empty folder for the source and the class
     */
    static void run(Path dir, String members, Object... arguments) throws Exception {
        Path source = Files.writeString(dir.resolve("Shown.java"), IMPORTS + "public class Shown {" + members + "}");
        compile(source, dir);
        try (URLClassLoader loader = new URLClassLoader(new URL[] {dir.toUri().toURL()})) {
            Method run = Arrays.stream(loader.loadClass("Shown").getMethods())
                    .filter(method -> method.getName().equals("run"))
                    .findFirst()
                    .orElseThrow();
            run.invoke(null, arguments);
        } catch (InvocationTargetException e) {
            throw new AssertionError("the code fails: " + e.getCause(), e.getCause());
        }
    }

    private static void compile(Path source, Path dir) throws IOException {
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        StringWriter said = new StringWriter();
        try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, null)) {
            List<String> options =
                    List.of("-d", dir.toString(), "-cp", System.getProperty("java.class.path"), "-proc:none");
            boolean compiles = compiler.getTask(said, files, null, options, null, files.getJavaFileObjects(source))
                    .call();
            assertThat(compiles).as(said.toString()).isTrue();
        }
    }
}
