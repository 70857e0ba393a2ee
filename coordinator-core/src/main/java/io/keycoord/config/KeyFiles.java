package io.keycoord.config;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Reads the files of keys that pools and accounts name: JSON Lines, a key a line. */
final class KeyFiles {
    private static final String FIELD = "keysFrom";
    private static final int LONGEST_LINE = 1 << 16;

    private final Optional<Path> folder;
    private long left = ConfigFile.LARGEST;

    KeyFiles(Optional<Path> folder) {
        this.folder = folder;
    }

    /** The keys of the owner's file, at most so many; none if it names no file, or one that is refused. */
    List<Section> keys(Section owner, int most) {
        return owner.text(FIELD, "the name of a file of JSON Lines, such as \"keys.jsonl\"")
                .map(name -> keys(owner, name, most))
                .orElse(List.of());
    }

    private List<Section> keys(Section owner, String name, int most) {
        List<Section> keys = new ArrayList<>();
        List<String> lines = text(owner, name).orElse("").lines().toList();
        long count = lines.stream().filter(line -> !line.isBlank()).count();
        if (count > most) {
            refuse(owner, name, "it has " + count + " keys, expected at most " + most);
            return List.of();
        }
        for (int i = 0; i < lines.size(); i++) {
            Place place = Place.line(name, i + 1);
            if (!lines.get(i).isBlank()) {
                key(owner, lines.get(i), place).ifPresent(keys::add);
            }
        }
        return keys;
    }

    private static Optional<Section> key(Section owner, String line, Place place) {
        if (line.length() > LONGEST_LINE) {
            owner.mistakes.add(place, "has " + line.length() + " characters, expected at most " + LONGEST_LINE);
            return Optional.empty();
        }
        return JsonText.read(line, place, owner.mistakes).flatMap(value -> Section.of(value, place, owner.mistakes));
    }

    /** The text of a file; empty if it is refused, which has then been noted. */
    private Optional<String> text(Section owner, String name) {
        if (folder.isEmpty()) {
            refuse(owner, name, "only a configuration that is loaded from a file may name others");
            return Optional.empty();
        }
        try {
            String text = ConfigFile.read(folder.get().resolve(name));
            left -= text.length();
            if (left >= 0) {
                if (text.isBlank()) {
                    refuse(owner, name, "it has no keys, expected one a line");
                }
                return Optional.of(text);
            }
            refuse(owner, name, "the files of keys are larger than 64 MiB together");
        } catch (InvalidPathException e) {
            refuse(owner, name, "this is no name of a file");
        } catch (ConfigException e) {
            refuse(owner, name, e.mistakes().get(0).replace("JSON", "JSON Lines"));
        }
        return Optional.empty();
    }

    private static void refuse(Section owner, String name, String why) {
        owner.mistakes.add(owner.at(FIELD), "is " + Shown.text(name) + ": " + why);
    }
}
