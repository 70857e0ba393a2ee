package io.keycoord.benchmarks.contender;

import com.fasterxml.jackson.annotation.JsonIgnore;
import java.net.URI;

/**
 * Somebody who takes part.
 *
 * @param name as it is given on the command line and shown in tables
 * @param role how its figures are read
 * @param what one cycle of it, in words
 * @param opener connects it to a Redis and prepares its accounts there
 */
public record Contender(
        String name, Role role, String what, @JsonIgnore Opener opener) {

    /** How the figures of a contender are read. */
    public enum Role {
        /** The least that any call of Redis costs. */
        FLOOR,
        /** What a team would use instead. */
        PEER,
        /** This project. */
        KEYCOORD
    }

    /** Connects a contender. */
    @FunctionalInterface
    public interface Opener {
        Cycles open(URI redis, Load load);
    }

    /** Connects it to this Redis and prepares its accounts there. */
    public Cycles open(URI redis, Load load) {
        return opener.open(redis, load);
    }
}
