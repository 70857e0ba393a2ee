package io.keycoord.redis;

import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Where callers of this JVM wait for what no clock can tell: a slot that is given back, a probe that ends. First come
 * first served; only the first of them asks Redis, so Redis sees one waiter a worker however many threads wait.
 */
final class WaitingRoom {
    private final Semaphore turn = new Semaphore(1, true);
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private long changes; // guarded by lock

    /** Waits to be the first; false if that takes longer than {@code nanos}. */
    boolean enter(long nanos) throws InterruptedException {
        return turn.tryAcquire(Math.max(0, nanos), TimeUnit.NANOSECONDS);
    }

    /** Whether somebody waits already, whom a newcomer must not overtake. */
    boolean isBusy() {
        return turn.availablePermits() == 0;
    }

    void leave() {
        turn.release();
    }

    /** What {@link #await} has to be given; read it before asking Redis, so that no change in between is missed. */
    long changes() {
        lock.lock();
        try {
            return changes;
        } finally {
            lock.unlock();
        }
    }

    /** Waits until something was given back since {@code seen}, at most {@code nanos}. */
    void await(long seen, long nanos) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            long left = nanos;
            while (changes == seen && left > 0) {
                left = changed.awaitNanos(left);
            }
        } finally {
            lock.unlock();
        }
    }

    /** Something was given back by this worker. */
    void signal() {
        lock.lock();
        try {
            changes++;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }
}
