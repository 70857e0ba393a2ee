package io.keycoord.sdk.provider;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.keycoord.Dimension;
import io.keycoord.sdk.InputPolicy;
import io.keycoord.sdk.LimitHeader;
import io.keycoord.sdk.LimitWindow;
import io.keycoord.sdk.Reservation;
import io.keycoord.sdk.Rule.Trait;
import java.io.IOException;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Reads a file of rules: strict JSON, in which nothing is ignored. */
final class ProfileReader {
    private static final ObjectMapper JSON = JsonMapper.builder()
            .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();
    private static final Set<String> FIELDS = Set.of(
            "why",
            "extends",
            "credential",
            "input",
            "output",
            "keyPaths",
            "creditsPaths",
            "limits",
            "first",
            "rules",
            "last");
    private static final Pattern HEADER = Pattern.compile("[A-Za-z0-9-]{1,64}");
    private static final Pattern LIMIT_HEADER = Pattern.compile("[a-z0-9-]*\\{}[a-z0-9-]*");
    private static final Pattern PREFIX = Pattern.compile("[ -~]{0,32}");
    private static final Pattern PATH = Pattern.compile("[a-z0-9-]+(?:/[a-z0-9-]+)*");
    private static final List<Dimension> DIMENSIONS =
            List.of(Dimension.REQUESTS, Dimension.TOKENS, Dimension.INPUT_TOKENS, Dimension.OUTPUT_TOKENS);

    private ProfileReader() {}

    /**
     * Reads a file.
     *
     * @param name the file's, for messages
     * @throws RulesException if anything in it is not as expected
     */
    static Profile read(String name, byte[] json) {
        Part file = new Part(name, "", parsed(name, json)).fields(FIELDS);
        file.field("why").ifPresent(why -> why.text(text -> !text.isBlank(), "a sentence"));
        Profile base = base(file);
        Profile signed =
                file.field("credential").map(part -> signed(base, part)).orElse(base);
        Profile limited = file.field("limits")
                .map(part -> signed.withLimits(limits(part)))
                .orElse(signed);
        Profile asked = file.field("keyPaths")
                .map(part -> limited.withKeyPaths(paths(part)))
                .orElse(limited);
        Profile told = file.field("creditsPaths")
                .map(part -> asked.withCreditsPaths(paths(part)))
                .orElse(asked);
        Profile counting =
                file.field("input").map(part -> told.withInput(input(part))).orElse(told);
        Profile profile = file.field("output")
                .map(part -> counting.withOutput(part.word(Reservation.class)))
                .orElse(counting);
        RuleReader rules = new RuleReader();
        return profile.with(
                rules.rules(file, "first"), rules.rules(file, "rules"), rules.rules(file, "last", Trait.BY_STATUS));
    }

    private static JsonNode parsed(String name, byte[] json) {
        try {
            return JSON.readTree(json);
        } catch (JsonProcessingException e) {
            var where = e.getLocation();
            String line = where == null ? "" : " on line " + where.getLineNr() + ", column " + where.getColumnNr();
            throw new RulesException(name + ": is not JSON" + line + ": " + e.getOriginalMessage());
        } catch (IOException e) {
            throw new IllegalStateException("bytes in memory cannot be read", e);
        }
    }

    private static Profile base(Part file) {
        Profile base = file.field("extends")
                .map(ProfileReader::extended)
                .orElseGet(() -> new Profile(
                        "",
                        "",
                        InputPolicy.ALL,
                        Reservation.MAX,
                        List.of(),
                        List.of(),
                        List.of(),
                        List.of(),
                        List.of(),
                        List.of()));
        if (base.credentialHeader().isEmpty()) {
            file.needed("credential", "the header that carries the secret, since it extends no provider");
        }
        return base;
    }

    private static Profile extended(Part name) {
        String expected = "one of " + String.join(", ", Profiles.NAMES);
        return Profiles.builtIn(name.text(Profiles.NAMES::contains, expected));
    }

    private static Profile signed(Profile base, Part credential) {
        credential.fields(Set.of("header", "prefix"));
        return base.withCredential(
                credential.needed("header", "its name").text(HEADER.asMatchPredicate(), "the name of a header"),
                credential
                        .field("prefix")
                        .map(prefix -> prefix.text(PREFIX.asMatchPredicate(), "a short text, such as \"Bearer \""))
                        .orElse(""));
    }

    /** {@code "all"}, {@code "uncached"}, or an object with the models for which that does not hold. */
    private static InputPolicy input(Part input) {
        if (!input.value().isObject()) {
            return new InputPolicy(input.word(InputWord.class) == InputWord.UNCACHED, List.of());
        }
        input.fields(Set.of("uncached", "wholeFor"));
        input.needed("uncached", "true").isTrue();
        List<String> whole = input.needed("wholeFor", "the models whose prompts count whole")
                .texts(form -> !form.replace("*", "").isBlank(), "names of models, with * for any characters");
        return new InputPolicy(true, whole);
    }

    private enum InputWord {
        ALL,
        UNCACHED
    }

    private static List<String> paths(Part list) {
        return list.texts(PATH.asMatchPredicate(), "paths below the base URL, such as \"auth/key\"");
    }

    private static List<LimitHeader> limits(Part list) {
        return list.list("a list of limits").stream().map(ProfileReader::limit).toList();
    }

    private static LimitHeader limit(Part limit) {
        limit.fields(Set.of("header", "counts", "window"));
        String header = limit.needed("header", "its name with {}")
                .text(
                        LIMIT_HEADER.asMatchPredicate(),
                        "a name in lower case with {} for limit, remaining and reset, such as \"x-ratelimit-{}-tokens\"");
        return new LimitHeader(
                header,
                dimension(limit.needed("counts", "what it counts")),
                limit.needed("window", "over which time").word(LimitWindow.class));
    }

    private static Dimension dimension(Part part) {
        Stream<String> words = DIMENSIONS.stream().map(Dimension::field);
        String expected = "one of " + words.collect(Collectors.joining(", "));
        return DIMENSIONS.stream()
                .filter(dimension -> dimension.field().equals(part.value().textValue()))
                .findFirst()
                .orElseThrow(() -> part.wrong(expected));
    }
}
