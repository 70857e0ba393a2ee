package io.keycoord.redis;

import io.keycoord.Priority;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicInteger;

/** The waiting rooms of one pool in this worker: one for each kind of request. Safe for use by many threads. */
final class WaitingRooms implements WaitingRoom.Outside {
    private final ScriptRunner scripts;
    private final String meta;
    private final String worker;
    private final Wakeups wakeups;
    private final AtomicInteger numbers = new AtomicInteger();
    private final ConcurrentMap<String, WaitingRoom> byRoute = new ConcurrentHashMap<>();
    private final ConcurrentMap<String, WaitingRoom> byName = new ConcurrentHashMap<>();

    WaitingRooms(ScriptRunner scripts, String meta, String worker, Wakeups wakeups) {
        this.scripts = scripts;
        this.meta = meta;
        this.worker = worker;
        this.wakeups = wakeups;
    }

    /** Where those wait who want the same models for the same budgets, and are as important. */
    WaitingRoom of(Route route, Priority priority) {
        return byRoute.computeIfAbsent(route.groups() + " " + route.budgets() + " " + priority, words -> {
            WaitingRoom room = new WaitingRoom("r" + numbers.incrementAndGet(), this);
            byName.put(room.name(), room);
            return room;
        });
    }

    /** A lease has ended here, so that somebody who waits may be lucky. Whom Redis calls need not try. */
    void settled() {
        byRoute.values().stream().filter(room -> !room.isCalled()).forEach(WaitingRoom::signal);
    }

    /** Redis has called for one. */
    void called(String name) {
        WaitingRoom room = byName.get(name);
        if (room != null) {
            room.signal();
        }
    }

    /** Redis believes that somebody waits in this room who has gone. */
    void gone(String name) {
        WaitingRoom room = byName.get(name);
        if (room != null) {
            room.gone();
        }
    }

    /** Everybody is to ask again. */
    void signal() {
        byRoute.values().forEach(WaitingRoom::signal);
    }

    /** Has Redis told that nobody waits here any more. */
    void close() {
        byRoute.values().stream().filter(WaitingRoom::forget).forEach(this::leave);
    }

    private void leave(WaitingRoom room) {
        scripts.run(Script.LEAVE, meta, List.of("", worker, room.name()));
    }

    @Override
    public void entered() {
        wakeups.expect();
    }

    @Override
    public boolean calls() {
        return wakeups.areHeard();
    }

    @Override
    public void left(WaitingRoom room) {
        wakeups.left(new Left(this, room));
    }

    /** A room that Redis believes somebody to wait in. */
    record Left(WaitingRooms rooms, WaitingRoom room) {
        /** Unless somebody has come since. */
        void tell() {
            if (!room.isBusy()) {
                rooms.leave(room);
            }
        }
    }
}
