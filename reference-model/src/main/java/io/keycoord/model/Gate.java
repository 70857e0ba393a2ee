package io.keycoord.model;

/** An instant from which on something is possible, and what prevents it until then. */
record Gate(long at, String what) {
    static final Gate OPEN = new Gate(0, "");

    Gate later(long other, String otherWhat) {
        return other > at ? new Gate(other, otherWhat) : this;
    }

    Gate later(Gate other) {
        return later(other.at, other.what);
    }
}
