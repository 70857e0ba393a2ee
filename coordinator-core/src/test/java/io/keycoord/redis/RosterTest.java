package io.keycoord.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.keycoord.LeaseRequest;
import io.keycoord.redis.Roster.Seat;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Where sessions go. */
class RosterTest {
    private static final int SESSIONS = 20_000;

    private static List<Seat> accounts(int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> new Seat("key:a" + i, 1, "a" + i, List.of("a" + i)))
                .toList();
    }

    private static Map<String, String> first(List<Seat> seats) {
        Roster roster = new Roster(seats);
        Map<String, String> first = new HashMap<>();
        for (int i = 0; i < SESSIONS; i++) {
            String session = "session " + i;
            first.put(session, roster.preferred(session).split(",", -1)[0]);
        }
        return first;
    }

    @Test
    void everyAccountHasItsShareOfTheSessions() {
        Map<String, Integer> shares = new HashMap<>();
        first(accounts(10)).values().forEach(unit -> shares.merge(unit, 1, Integer::sum));

        assertThat(shares).hasSize(10);
        assertThat(shares.values()).allSatisfy(share -> assertThat(share).isBetween(1_800, 2_200));
    }

    @Test
    void anAccountThatComesTakesOnlyItsOwnSessions() {
        Map<String, String> before = first(accounts(10));
        Map<String, String> after = first(accounts(11));

        List<String> moved = before.keySet().stream()
                .filter(session -> !Objects.equals(before.get(session), after.get(session)))
                .toList();

        assertThat(moved).hasSizeBetween(SESSIONS / 11 - 200, SESSIONS / 11 + 200);
        assertThat(moved).allSatisfy(session -> assertThat(after.get(session)).isEqualTo("key:a10@1"));
    }

    @Test
    void theSessionsOfAnAccountThatGoesSpreadOverAllOthers() {
        Map<String, String> before = first(accounts(11));
        Map<String, String> after = first(accounts(10));
        Map<String, Integer> heirs = new HashMap<>();

        before.forEach((session, unit) -> {
            if (unit.equals("key:a10@1")) {
                heirs.merge(after.get(session), 1, Integer::sum);
            } else {
                assertThat(after).containsEntry(session, unit);
            }
        });

        assertThat(heirs).hasSize(10);
    }

    @Test
    void theSecondChoiceIsTheFirstWithoutTheFirst() {
        List<Seat> seats = accounts(50);
        Roster roster = new Roster(seats);

        for (int i = 0; i < 200; i++) {
            String[] choices = roster.preferred("s" + i).split(",", -1);
            assertThat(choices).hasSize(3).doesNotHaveDuplicates();
            List<Seat> others = seats.stream()
                    .filter(seat -> !choices[0].equals(seat.preferring("")))
                    .toList();
            assertThat(new Roster(others).preferred("s" + i)).startsWith(choices[1] + "," + choices[2] + ",");
        }
    }

    @Test
    void allWorkersOfAllVersionsAgree() {
        List<Seat> seats = List.of(
                new Seat("account:team/2", 7, "team", List.of("k1", "k2", "k3")),
                new Seat("key:solo", 1, "solo", List.of("solo")));

        assertThat(new Roster(seats).preferred("conversation-1")).isEqualTo("key:solo@1,account:team/2@7/k3");
        assertThat(new Roster(Stream.of(seats.get(1), seats.get(0)).toList()).preferred("conversation-1"))
                .isEqualTo("key:solo@1,account:team/2@7/k3");
    }

    @Test
    void anOpenPoolKeepsToTheSessionToo() {
        Roster roster = new Roster(accounts(10));
        LeaseRequest request = LeaseRequest.of("p").withAffinity("s");
        Roster.Pick first = roster.next(request).orElseThrow();

        assertThat(Stream.generate(() -> roster.next(request).orElseThrow()).limit(20))
                .containsOnly(first);
        assertThat(roster.next(request.withoutKey(first.key())))
                .isPresent()
                .get()
                .isNotEqualTo(first);
    }

    @Test
    void manySessionsOfManyAccountsAreRememberedWithinABound() {
        Roster roster = new Roster(accounts(10_000));

        for (int i = 0; i < 6_000; i++) {
            assertThat(roster.preferred("s" + i)).isNotEmpty();
        }

        assertThat(roster.remembered()).isEqualTo(4_096);
    }
}
