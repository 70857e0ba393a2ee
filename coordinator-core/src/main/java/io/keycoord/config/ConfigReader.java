package io.keycoord.config;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Reads a whole document; see {@link CoordinatorConfig#parse(String, Set)}. */
final class ConfigReader {
    private static final String EXPECTED = "a list of at least one pool";

    private ConfigReader() {}

    /** {@code folder}: where files of keys are looked for; empty if they may not be named. */
    static CoordinatorConfig read(String json, String source, Set<String> schemes, Optional<Path> folder) {
        Mistakes mistakes = new Mistakes();
        KeyFiles files = new KeyFiles(folder);
        Optional<CoordinatorConfig> config = JsonText.read(json, mistakes)
                .flatMap(value -> Section.of(value, Place.document(value.line()), mistakes))
                .flatMap(document -> document(document, schemes, files));
        return config.orElseThrow(() -> new ConfigException(source, mistakes.lines()));
    }

    private static Optional<CoordinatorConfig> document(Section document, Set<String> schemes, KeyFiles files) {
        document.required("pools", EXPECTED);
        List<Section> sections = document.sections("pools");
        if (document.isEmpty("pools") && document.has("pools")) {
            document.mistakes.add(document.at("pools"), "has no pool, expected " + EXPECTED);
        }
        PoolIds ids = new PoolIds("distinct ids of pools");
        List<PoolConfig> pools = new ArrayList<>();
        sections.forEach(
                section -> new PoolReader(section, schemes, files).read(ids).ifPresent(pools::add));
        document.refuse("tenants");
        document.finish();
        return document.mistakes.ifNone(() -> new CoordinatorConfig(pools));
    }
}
