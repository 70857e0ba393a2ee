package io.keycoord.redis.model;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/** Programs with what the model makes of them, those first that have found the most mutants. Safe for many threads. */
final class MutantPlays {
    private static final int LARGE = 30;

    private final List<Play> plays;
    private final int[] found;

    /** So many programs, some more on pools that a search does not see all of, and the arguments' test. */
    MutantPlays(int programs) {
        Stream<Program> usual = LongStream.range(0, programs).mapToObj(MutantPlays::program);
        Stream<Program> large = LongStream.range(programs, Long.MAX_VALUE)
                .mapToObj(MutantPlays::program)
                .filter(program -> program.config().accounts().size() >= LARGE)
                .limit(programs / 10);
        plays = Stream.concat(
                        Stream.concat(usual, large).map(program -> new Play(program, false)),
                        Stream.of(ArgumentPlay.play()))
                .toList();
        found = new int[plays.size()];
    }

    private static Program program(long seed) {
        return Generator.program(seed, "mutant");
    }

    private synchronized List<Integer> order() {
        return IntStream.range(0, found.length)
                .boxed()
                .sorted(Comparator.comparing(play -> -found[play]))
                .toList();
    }

    private synchronized void found(int play) {
        found[play]++;
    }

    /** The next to be played; the last one that was taken has found the mutant, unless there was none left. */
    final class Turn implements Iterable<Play> {
        private final List<Integer> order = new ArrayList<>(order());
        private int taken;

        @Override
        public Iterator<Play> iterator() {
            return order.stream().map(this::take).iterator();
        }

        private Play take(int play) {
            taken = play;
            return plays.get(play);
        }

        void hasFound() {
            found(taken);
        }
    }
}
