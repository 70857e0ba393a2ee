package io.keycoord.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DirectoryLockTest {
    @TempDir
    private Path dir;

    /** The program of another JVM: tries to take the lock, and says whether it has it. */
    static final class Other {
        public static void main(String[] args) {
            try {
                DirectoryLock.take(Path.of(args[0])).close();
                System.out.println("taken");
            } catch (RedisStartException e) {
                System.out.println("refused");
            }
        }
    }

    @Test
    void aRefusalInThisJvmLetsNoOtherOneIn() throws IOException {
        DirectoryLock lock = DirectoryLock.take(dir);
        try {
            assertThatThrownBy(() -> DirectoryLock.take(dir)).hasMessageContaining("in use by another embedded Redis");
            assertThatThrownBy(() -> DirectoryLock.take(dir.resolve("."))).isInstanceOf(RedisStartException.class);

            assertThat(otherJvm()).isEqualTo("refused");
        } finally {
            lock.close();
        }
        assertThat(otherJvm()).isEqualTo("taken");
    }

    @Test
    void aDirectoryThatCannotBeLockedMayBeTriedAgain() {
        Path missing = dir.resolve("missing");
        for (int i = 0; i < 2; i++) {
            assertThatThrownBy(() -> DirectoryLock.take(missing)).hasMessageContaining("cannot be locked");
        }
    }

    private String otherJvm() throws IOException {
        Process jvm = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        Other.class.getName(),
                        dir.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        return new String(jvm.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    }
}
