package io.keycoord.redis;

import io.keycoord.config.Durability;
import java.time.Duration;
import java.util.Optional;

/** What {@link Durability} asks of Redis: how many copies, and within which time. */
final class Copies {
    /**
     * The field that is written before each question. Redis from 7.2 on waits only for what the connection itself has written,
     * and the repeat of a call, which may come over another one, writes nothing.
     */
    static final String MARK = "asked";

    /** A replica answers within a round trip; one that takes longer than this is as good as none. */
    private static final Duration OF_A_REPLICA = Duration.ofMillis(500);

    /** With {@code appendfsync everysec} the file is put on disk once a second, a little later if the disk is slow. */
    private static final Duration OF_A_FILE = Duration.ofSeconds(2);

    private Copies() {}

    /** How long a copy is waited for. A client that gives up an answer earlier takes the server for silent. */
    static Duration within(Durability durability) {
        return switch (durability) {
            case NONE -> Duration.ZERO;
            case REPLICA -> OF_A_REPLICA;
            case AOF -> OF_A_FILE;
        };
    }

    /** Empty if there are as many as needed: one. */
    static Optional<RedisError> doubt(Durability durability, long copies) {
        if (copies > 0) {
            return Optional.empty();
        }
        String nobody = durability == Durability.REPLICA ? "no replica has acknowledged it" : "it was not on disk";
        return Optional.of(
                RedisError.uncopied(nobody + " within " + within(durability).toMillis() + " ms"));
    }
}
