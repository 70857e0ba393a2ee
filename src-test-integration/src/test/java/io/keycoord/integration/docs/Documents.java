package io.keycoord.integration.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The project's Markdown files and what is in them. */
final class Documents {
    static final Path ROOT = Path.of("..").toAbsolutePath().normalize();

    private static final Pattern BLOCK = Pattern.compile("(?ms)^```(\\w*)\\n(.*?)^```$");

    /** A fenced block: the word behind its fence, and its text. */
    record Block(String language, String text) {}

    private Documents() {}

    /** All of them, but what a build has made. */
    static List<Path> all() throws IOException {
        try (Stream<Path> tree = Files.walk(ROOT)) {
            List<Path> found = tree.filter(file -> file.toString().endsWith(".md"))
                    .filter(file -> !ROOT.relativize(file).toString().matches("(.*/)?(target|\\.git)/.*"))
                    .sorted()
                    .toList();
            assertThat(found).contains(ROOT.resolve("README.md"), ROOT.resolve("deploy/README.md"));
            return found;
        }
    }

    static String text(Path document) {
        try {
            return Files.readString(document);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The blocks of one language, in order; the empty language is that of a fence without a word. */
    static List<String> blocks(Path document, String language) {
        return blocks(document).stream()
                .filter(block -> block.language.equals(language))
                .map(Block::text)
                .toList();
    }

    static List<Block> blocks(Path document) {
        List<Block> blocks = new ArrayList<>();
        Matcher block = BLOCK.matcher(text(document));
        while (block.find()) {
            blocks.add(new Block(block.group(1), block.group(2)));
        }
        return blocks;
    }

    /** The text outside of all blocks. */
    static String prose(Path document) {
        return BLOCK.matcher(text(document)).replaceAll("");
    }
}
