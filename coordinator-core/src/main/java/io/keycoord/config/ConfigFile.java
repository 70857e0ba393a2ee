package io.keycoord.config;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;

/** Reads the text of a configuration file. */
final class ConfigFile {
    /** In bytes. */
    static final int LARGEST = 64 << 20;

    private ConfigFile() {}

    static String read(Path file) {
        if (Files.isDirectory(file)) {
            throw refused(file, "is a directory, expected a file of JSON");
        }
        try (InputStream in = Files.newInputStream(file)) {
            return text(file, in.readNBytes(LARGEST + 1));
        } catch (NoSuchFileException e) {
            throw refused(file, "there is no such file");
        } catch (AccessDeniedException e) {
            throw refused(file, "the file may not be read by this user");
        } catch (CharacterCodingException e) {
            throw refused(file, "the file is not UTF-8, expected JSON in UTF-8");
        } catch (IOException e) {
            throw refused(file, "the file cannot be read: " + e.getMessage());
        }
    }

    private static String text(Path file, byte[] bytes) throws CharacterCodingException {
        if (bytes.length > LARGEST) {
            throw refused(file, "the file is larger than 64 MiB");
        }
        String text = StandardCharsets.UTF_8
                .newDecoder()
                .decode(ByteBuffer.wrap(bytes))
                .toString();
        return text.startsWith("\uFEFF") ? text.substring(1) : text;
    }

    private static ConfigException refused(Path file, String why) {
        return new ConfigException(file.toString(), List.of(why));
    }
}
