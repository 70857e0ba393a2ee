package io.keycoord.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Documents that went through a mangle: whatever becomes of them, they are read or refused with a reason. */
class ConfigFuzzTest {
    private static final int DOCUMENTS = 8_000;
    private static final Pattern PART = Pattern.compile("\"[^\"]*\"|[0-9]+|[{}\\[\\],:]");
    private static final String[] PARTS = {
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        "null",
        "true",
        "0",
        "-1",
        "1e400",
        "99999999999999999999",
        "0.5",
        "\"\"",
        "\"*\"",
        "\"id\"",
        "\"burst\"",
        "\"mode\"",
        "\"resets\"",
        "\"pacific\"",
        "\"0/0s\"",
        "\"1/31d\"",
        "\"999999999999M/min\"",
        "\"9999999999d\"",
        "\"\\u0000\"",
        "\"\\ud800\"",
        "\"file:\\u0000\"",
        "\"http://[\"",
        "\"1/1ms\"",
        "[]",
        "{}",
        "NaN",
        "//"
    };

    @Test
    void mangledDocumentsAreReadOrRefusedWithAReason() throws IOException {
        String example = Files.readString(Path.of("../examples/keycoord.openrouter.json"));
        Random random = new Random(3_141_592_653L);
        int read = 0;
        for (int i = 0; i < DOCUMENTS; i++) {
            String document = random.nextInt(4) == 0 ? mangledText(example, random) : mangledParts(example, random);
            read += isRead(document) ? 1 : 0;
        }
        assertThat(read).isBetween(DOCUMENTS / 100, DOCUMENTS - DOCUMENTS / 4);
    }

    private static boolean isRead(String document) {
        try {
            CoordinatorConfig config = CoordinatorConfig.parse(document);
            assertThat(config.pools()).isNotEmpty();
            return true;
        } catch (ConfigException e) {
            assertThat(e.mistakes())
                    .as(document)
                    .isNotEmpty()
                    .allMatch(mistake -> mistake.matches("line [1-9]\\d*: [^\\n]+"));
            return false;
        } catch (RuntimeException e) {
            throw new AssertionError("not a ConfigException, on " + document, e);
        }
    }

    /** Some parts exchanged for others, dropped or doubled; mostly still JSON. */
    private static String mangledParts(String text, Random random) {
        List<String> parts = new ArrayList<>();
        Matcher matcher = PART.matcher(text);
        while (matcher.find()) {
            parts.add(matcher.group());
        }
        for (int changes = 1 + random.nextInt(3); changes > 0; changes--) {
            int at = random.nextInt(parts.size());
            String other = random.nextBoolean()
                    ? PARTS[random.nextInt(PARTS.length)]
                    : parts.get(random.nextInt(parts.size()));
            switch (random.nextInt(8)) {
                case 0 -> parts.remove(at);
                case 1 -> parts.add(at, other);
                default -> parts.set(at, other);
            }
        }
        return String.join(" ", parts);
    }

    /** Some characters exchanged, or the text cut short. */
    private static String mangledText(String text, Random random) {
        StringBuilder mangled = new StringBuilder(text);
        for (int changes = 1 + random.nextInt(3); changes > 0; changes--) {
            mangled.setCharAt(
                    random.nextInt(mangled.length()), (char) random.nextInt(random.nextInt(8) == 0 ? 65_536 : 128));
        }
        return random.nextInt(8) == 0 ? mangled.substring(0, random.nextInt(mangled.length())) : mangled.toString();
    }
}
