package io.keycoord.redis;

import java.util.Optional;

/**
 * What a script has answered, and whether its writes have been copied.
 *
 * @param reply as the client gives it
 * @param doubt why there may be no copy; empty if there is one, or nobody has asked for one
 */
record Answered(Object reply, Optional<RedisError> doubt) {

    static Answered of(Object reply) {
        return new Answered(reply, Optional.empty());
    }
}
