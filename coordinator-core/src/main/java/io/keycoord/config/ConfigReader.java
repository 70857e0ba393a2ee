package io.keycoord.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Reads a whole document; see {@link CoordinatorConfig#parse(String, Set)}. */
final class ConfigReader {
    private static final String EXPECTED = "a list of at least one pool";

    private ConfigReader() {}

    static CoordinatorConfig read(String json, String source, Set<String> schemes) {
        Mistakes mistakes = new Mistakes();
        Optional<CoordinatorConfig> config = JsonText.read(json, mistakes)
                .flatMap(value -> Section.of(value, Place.document(value.line()), mistakes))
                .flatMap(document -> document(document, schemes));
        return config.orElseThrow(() -> new ConfigException(source, mistakes.lines()));
    }

    private static Optional<CoordinatorConfig> document(Section document, Set<String> schemes) {
        document.required("pools", EXPECTED);
        List<Section> sections = document.sections("pools");
        if (document.isEmpty("pools") && document.has("pools")) {
            document.mistakes.add(document.at("pools"), "has no pool, expected " + EXPECTED);
        }
        PoolIds ids = new PoolIds("distinct ids of pools");
        List<PoolConfig> pools = new ArrayList<>();
        sections.forEach(section -> new PoolReader(section, schemes).read(ids).ifPresent(pools::add));
        document.refuse("tenants", "keysFrom");
        document.finish();
        return document.mistakes.ifNone(() -> new CoordinatorConfig(pools));
    }
}
