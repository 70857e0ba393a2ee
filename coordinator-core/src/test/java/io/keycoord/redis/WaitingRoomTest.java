package io.keycoord.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.keycoord.Acquisition;
import io.keycoord.redis.WaitingRoom.Place;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class WaitingRoomTest {
    private final WaitingRoom.Outside outside = new WaitingRoom.Outside() {
        @Override
        public void entered() {}

        @Override
        public boolean calls() {
            return true;
        }

        @Override
        public void left(WaitingRoom room) {
            told.add("left " + room.name());
        }
    };
    private final WaitingRoom room = new WaitingRoom("r1", outside);
    private final List<String> turns = new ArrayList<>();
    private final List<String> told = new ArrayList<>();

    private Place enter(String name) {
        return enter(name, room.arrive());
    }

    private Place enter(String name, long arrival) {
        Place place = new Place(name, arrival, () -> turns.add(name));
        room.enter(place);
        return place;
    }

    @Test
    void whoCameEarlierAndAskedMeanwhileIsServedBeforeThoseWhoEnteredAtOnce() {
        long asks = room.arrive();
        Place first = enter("first");
        Place third = enter("third");

        Place second = enter("second", asks);
        assertThat(turns).as("a turn that has come is not taken away").containsExactly("first");

        room.leave(first);
        room.leave(second);
        room.leave(third);
        assertThat(turns).containsExactly("first", "second", "third");
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

    private static Attempt denied(boolean registered) {
        return Attempt.denied("test", Acquisition.Reason.CONCURRENCY, Duration.ofMillis(1), registered, false);
    }

    @Test
    void whenTheLastOneLeavesARoomThatRedisKnowsOfItIsTold() {
        Place first = enter("1");
        room.answered(room.standing(first), 0, denied(true));
        Place second = enter("2");
        assertThat(room.isCalled()).isTrue();

        room.leave(first);
        assertThat(told).isEmpty();
        room.leave(second);
        room.vacate();

        assertThat(told).containsExactly("left r1");
        assertThat(room.isCalled()).isFalse();
    }

    /** Who left last may not have told it yet when its worker ends. */
    @Test
    void atTheEndRedisIsToldOfEveryRoomThatItHasEverKnown() {
        Place first = enter("1");
        assertThat(room.forget()).isFalse();
        room.answered(room.standing(first), 0, denied(true));
        room.leave(first);

        assertThat(room.forget()).isTrue();
    }

    @Test
    void aRoomThatRedisDoesNotKnowOfIsLeftQuietly() {
        Place only = enter("1");
        room.answered(room.standing(only), 0, denied(false));

        room.leave(only);

        assertThat(told).isEmpty();
    }

    @Test
    void theFirstAsksForItselfAndTheNext() {
        Place first = enter("17");
        assertThat(room.standing(first)).isEqualTo(new Standing("17", "r1", ""));
        enter("18");
        enter("19");

        assertThat(room.standing(first)).isEqualTo(new Standing("17", "r1", "18"));
        assertThat(room.newcomer()).isEqualTo(new Standing("", "r1", ""));
    }

    /** Else it would wait for a call that was for the one before it. */
    @Test
    void theNextHasSeenNothingUnlessThePlaceWasLeftToIt() {
        Place first = enter("1");
        enter("2");
        long seen = room.changes();

        room.leave(first);
        room.watch(seen, () -> turns.add("changed"));

        assertThat(room.handedOver()).isEmpty();
        assertThat(turns).containsExactly("1", "2", "changed");
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
