package io.keycoord.simulator;

import java.util.ArrayList;
import java.util.List;

/** The first so many arrivals. Safe for use by many threads. */
final class ArrivalLog {

    private final int most;
    private final List<Arrival> arrivals = new ArrayList<>(); // guarded by this
    private long lost; // guarded by this

    ArrivalLog(int most) {
        this.most = most;
    }

    synchronized void add(Arrival arrival) {
        if (arrivals.size() < most) {
            arrivals.add(arrival);
        } else if (most > 0) {
            lost++;
        }
    }

    synchronized List<Arrival> copy() {
        return List.copyOf(arrivals);
    }

    synchronized int size() {
        return arrivals.size();
    }

    synchronized long lost() {
        return lost;
    }
}
