package io.keycoord.config;

import io.keycoord.Priority;
import java.time.Duration;

/**
 * What calls leave to more important ones. A call is admitted if, after it, this share of every limit and of all slots that it
 * needs is left; one that is too large for that needs all of a limit that is idle. Of limits that refill, a share that
 * is left costs no throughput: it is a burst that is there when somebody more important comes.
 *
 * @param normal what normal calls leave, in percent, 0 to 90
 * @param batch what batch calls leave, in percent, {@code normal} to 90
 * @param ageing how long a caller waits until it counts as of the next more important priority, 1 s to 1 h; so long is
 *     also the head start of one priority before the next among those who wait for slots
 */
public record HeadroomConfig(int normal, int batch, Duration ageing) {

    /** Normal calls leave nothing, batch calls a fifth; a step each minute. */
    public static final HeadroomConfig STANDARD = new HeadroomConfig(0, 20, Duration.ofMinutes(1));

    /**
     * Checks the components.
     *
     * @throws IllegalArgumentException if one is out of its range
     */
    public HeadroomConfig {
        Ranges.HEADROOM.require("normal", normal);
        batchRange(normal).require("batch", batch);
        Ranges.AGEING.require("ageing", ageing);
    }

    static Ranges.Whole batchRange(long normal) {
        return new Ranges.Whole(normal, Ranges.HEADROOM.max());
    }

    /** What a call of this priority leaves before it has waited, in percent. */
    public int leftBy(Priority priority) {
        return switch (priority) {
            case INTERACTIVE -> 0;
            case NORMAL -> normal;
            case BATCH -> batch;
        };
    }

    /** Reads it; whatever is not said is as in {@link #STANDARD}. */
    static HeadroomConfig read(Section section) {
        int normal =
                section.whole("normal", Ranges.HEADROOM).map(Long::intValue).orElse(STANDARD.normal);
        int batch =
                section.whole("batch", batchRange(normal)).map(Long::intValue).orElse(Math.max(normal, STANDARD.batch));
        Duration ageing = section.duration("ageing", Ranges.AGEING).orElse(STANDARD.ageing);
        section.finish();
        return new HeadroomConfig(normal, batch, ageing);
    }
}
