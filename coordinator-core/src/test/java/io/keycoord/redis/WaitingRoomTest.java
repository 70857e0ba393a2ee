package io.keycoord.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.keycoord.redis.WaitingRoom.Place;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class WaitingRoomTest {
    private final WaitingRoom room = new WaitingRoom();
    private final List<String> turns = new ArrayList<>();

    private Place enter(String name) {
        Place place = new Place(() -> turns.add(name));
        room.enter(place);
        return place;
    }

    @Test
    void theirTurnComesInTheOrderInWhichTheyCame() {
        Place first = enter("first");
        Place second = enter("second");
        enter("third");
        assertThat(turns).containsExactly("first");

        room.leave(first);
        room.leave(second);

        assertThat(turns).containsExactly("first", "second", "third");
    }

    @Test
    void whoGivesUpBeforeItsTurnHoldsNobodyUp() {
        Place first = enter("first");
        Place second = enter("second");
        enter("third");

        room.leave(second);
        assertThat(turns).containsExactly("first");
        room.leave(first);
        room.leave(first);

        assertThat(turns).containsExactly("first", "third");
    }

    @Test
    void itIsBusyWhileSomebodyWaits() {
        assertThat(room.isBusy()).isFalse();
        Place only = enter("only");
        assertThat(room.isBusy()).isTrue();
        room.leave(only);
        assertThat(room.isBusy()).isFalse();
    }

    @Test
    void aChangeIsToldOnceAndNeverMissed() {
        long seen = room.changes();
        room.signal();
        room.watch(seen, () -> turns.add("missed before"));
        room.watch(room.changes(), () -> turns.add("comes later"));
        assertThat(turns).containsExactly("missed before");

        room.signal();
        room.signal();

        assertThat(turns).containsExactly("missed before", "comes later");
    }

    @Test
    void whoLooksAwayIsNotTold() {
        Runnable watcher = () -> turns.add("told");
        room.watch(room.changes(), watcher);
        room.unwatch(watcher);

        room.signal();

        assertThat(turns).isEmpty();
    }
}
