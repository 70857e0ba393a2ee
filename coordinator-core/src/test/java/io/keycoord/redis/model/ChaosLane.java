package io.keycoord.redis.model;

/**
 * Where calls pass on their way to Redis. In single file there is one of them under way at most, so that of a server that is
 * killed then only one call is in doubt; a lane that is shut lets none pass.
 */
final class ChaosLane {
    private boolean single;
    private boolean shut;
    private int underWay;

    synchronized void enter() throws InterruptedException {
        while (shut || (single && underWay > 0)) {
            wait();
        }
        underWay++;
    }

    synchronized void leave() {
        underWay--;
        notifyAll();
    }

    synchronized void single(boolean wanted) {
        single = wanted;
        notifyAll();
    }

    /** Returns when what has passed before is answered, or known never to be. */
    synchronized void shut() throws InterruptedException {
        shut = true;
        while (underWay > 0) {
            wait();
        }
    }

    synchronized void open() {
        shut = false;
        notifyAll();
    }

    synchronized boolean isBusy() {
        return underWay > 0;
    }
}
