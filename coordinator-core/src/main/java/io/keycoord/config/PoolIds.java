package io.keycoord.config;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** The ids of one kind that were read so far, each with its place, so that a second one can name the first. */
final class PoolIds {
    private final Map<String, Place> firsts = new HashMap<>();
    private final String kind;

    PoolIds(String kind) {
        this.kind = kind;
    }

    /** Notes an id that was there before. Answers whether it is the first. */
    boolean add(String id, Section owner) {
        Place first = firsts.putIfAbsent(id, owner.at("id"));
        if (first != null) {
            owner.mistakes.add(
                    owner.at("id"), "is " + Shown.text(id) + ", as is " + first.whereabouts() + "; expected " + kind);
        }
        return first == null;
    }

    /** The id of a section, which must have a good one. */
    static Optional<String> read(Section owner) {
        return owner.requiredText("id", Ids.EXPECTED).filter(id -> {
            boolean secret = Shown.isLikeProviderKey(id);
            if (!Ids.isId(id) || secret) {
                owner.mistakes.wrong(owner.at("id"), Shown.text(id), secret ? Ids.NO_SECRET : Ids.EXPECTED);
            }
            return Ids.isId(id) && !secret;
        });
    }
}
