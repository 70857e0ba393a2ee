package io.keycoord.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BundledServerTest {
    private final BundledServer bundled = BundledServer.forThisPlatform().orElseThrow();

    @TempDir
    private Path tmp;

    @Test
    void isExtractedOnceForItsUserAlone() throws IOException {
        Path file = bundled.extracted(tmp);
        Object first = Files.getAttribute(file, "unix:ino");

        assertThat(bundled.extracted(tmp)).isEqualTo(file);
        assertThat(Files.getAttribute(file, "unix:ino")).isEqualTo(first);
        assertThat(Files.getPosixFilePermissions(file)).isEqualTo(PosixFilePermissions.fromString("rwx------"));
        assertThat(Files.getPosixFilePermissions(file.getParent()))
                .isEqualTo(PosixFilePermissions.fromString("rwx------"));
    }

    @Test
    void isExtractedAgainWhenTheFileWasChanged() throws IOException {
        Path file = bundled.extracted(tmp);
        byte[] good = Files.readAllBytes(file);
        Files.write(file, new byte[] {'#'}, StandardOpenOption.APPEND);

        assertThat(bundled.extracted(tmp)).isEqualTo(file).hasBinaryContent(good);
    }

    @Test
    void aLinkInPlaceOfTheFileIsReplacedNotFollowed() throws IOException {
        Path file = bundled.extracted(tmp);
        Path elsewhere = Files.move(file, tmp.resolve("elsewhere"));
        Files.createSymbolicLink(file, elsewhere);

        bundled.extracted(tmp);

        assertThat(file).isRegularFile().matches(f -> !Files.isSymbolicLink(f));
    }

    @Test
    void aDirectoryOthersCanWriteToIsNotUsed() throws IOException {
        Path dir = bundled.extracted(tmp).getParent();
        Files.setPosixFilePermissions(dir, PosixFilePermissions.fromString("rwxrwxrwx"));

        assertThat(bundled.extracted(tmp).getParent()).isNotEqualTo(dir);
    }

    @Test
    void aLinkInPlaceOfTheDirectoryIsNotUsed() throws IOException {
        Path dir = bundled.extracted(tmp).getParent();
        Files.createSymbolicLink(dir, Files.move(dir, tmp.resolve("moved")));

        assertThat(bundled.extracted(tmp).getParent()).isNotEqualTo(dir);
    }

    @Test
    void anUnexpectedServerOnTheClassPathIsRefused() {
        assertThatThrownBy(() -> new BundledServer(bundled.resource(), "0".repeat(64)).extracted(tmp))
                .isInstanceOf(RedisStartException.class)
                .hasMessageContaining("is not the expected one");
    }

    @Test
    void theEnvironmentNamesAnotherServer() throws IOException {
        Path mine = Files.createFile(
                tmp.resolve("mine"),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));

        assertThat(ServerBinary.choose(Map.of("KEYCOORD_REDIS_SERVER", mine.toString()), bundled))
                .isEqualTo(mine);
    }

    @Test
    void aServerInTheEnvironmentThatCannotRunIsRefused() {
        assertThatThrownBy(() -> ServerBinary.choose(Map.of("KEYCOORD_REDIS_SERVER", "/no/such/file"), bundled))
                .isInstanceOf(RedisStartException.class)
                .hasMessage("KEYCOORD_REDIS_SERVER is /no/such/file, expected an executable file");
    }

    @Test
    void thePathIsSearchedOnlyWhereNothingIsBundled() throws IOException {
        Path valkey = Files.createFile(
                tmp.resolve("valkey-server"),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        Map<String, String> environment = Map.of("PATH", "/no/such/dir:" + tmp);

        assertThat(ServerBinary.choose(environment, null)).isEqualTo(valkey);
        assertThat(ServerBinary.choose(environment, bundled)).isNotEqualTo(valkey);
    }

    @Test
    void noServerAtAllIsAnErrorThatSaysWhatToDo() {
        assertThatThrownBy(() -> ServerBinary.choose(Map.of(), null))
                .isInstanceOf(RedisStartException.class)
                .hasMessageContaining("name one in KEYCOORD_REDIS_SERVER");
    }
}
