package io.keycoord.redis;

import java.util.List;

/**
 * One command that runs a script.
 *
 * @param code the script's digest, its text or its function, as the verb wants it
 * @param redisKeys at least one
 */
record ScriptCall(Verb verb, String code, List<String> redisKeys, List<String> args) {

    /** How a script is called. */
    enum Verb {
        EVALSHA,
        EVAL,
        FCALL
    }

    /** By which the client finds the server. */
    String redisKey() {
        return redisKeys.get(0);
    }

    /** What is written before a copy is asked for, in the same slot; see {@link Copies#MARK}. */
    String mark() {
        return redisKey().substring(0, redisKey().lastIndexOf(':') + 1) + "copies";
    }
}
