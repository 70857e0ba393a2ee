package io.keycoord.redis.model;

import io.keycoord.model.Verb;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * A worker JVM. Told on standard input what to play, a line each time; tells on standard output when it has begun and
 * when it is done. When its input ends, as when the parent dies, it halts.
 */
final class HistoryWorker {
    static final String BEGUN = "begun";
    static final String DONE = "done";
    private static final int LINKS = 3;

    /** One connection, and the call on it that has not been answered yet. */
    private static final class Link {
        final int number;
        final HistoryWire wire;
        HistoryPlay.@Nullable Words words;

        @Nullable
        HistoryPlay play;

        Link(int number, int port) throws IOException {
            this.number = number;
            this.wire = new HistoryWire(port);
        }
    }

    /** What the parent says: the fields of a line, separated by blanks. {@code untilUs} is an instant of the server's clock. */
    record Order(
            int worker,
            int workers,
            long seed,
            long decisions,
            long untilUs,
            int port,
            String log,
            String digests,
            String pools) {
        String line() {
            return String.join(
                    " ",
                    "" + worker,
                    "" + workers,
                    "" + seed,
                    "" + decisions,
                    "" + untilUs,
                    "" + port,
                    log,
                    digests,
                    pools);
        }

        static Order parse(String line) {
            String[] words = line.split(" ", -1);
            return new Order(
                    Integer.parseInt(words[0]),
                    Integer.parseInt(words[1]),
                    Long.parseLong(words[2]),
                    Long.parseLong(words[3]),
                    Long.parseLong(words[4]),
                    Integer.parseInt(words[5]),
                    words[6],
                    words[7],
                    words[8]);
        }
    }

    private final Order order;
    private final HistoryLog log;
    private final SplittableRandom random;
    private final List<HistoryPool> pools = new ArrayList<>();
    private final List<HistoryPlay> plays = new ArrayList<>();
    private final List<Link> links = new ArrayList<>();
    private final Map<Verb, String> digests = new EnumMap<>(Verb.class);
    private long decisions;
    private long now;

    private HistoryWorker(Order order) throws IOException {
        this.order = order;
        this.log = new HistoryLog(Path.of(order.log));
        this.random = new SplittableRandom(order.seed * 1_000 + order.worker);
        for (String pair : order.digests.split(",", -1)) {
            String[] words = pair.split("=", -1);
            digests.put(Verb.valueOf(words[0]), words[1]);
        }
        for (String words : order.pools.split(",", -1)) {
            HistoryPool pool = HistoryPool.parse(words);
            pools.add(pool);
            plays.add(new HistoryPlay(pool, order.worker, order.workers, random.split()));
        }
        for (int i = 0; i < LINKS; i++) {
            links.add(new Link(i, order.port));
        }
    }

    public static void main(String[] args) throws IOException {
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            new HistoryWorker(Order.parse(line)).play();
            System.out.println(DONE);
        }
    }

    private void play() throws IOException {
        System.out.println(BEGUN);
        for (int i = 0; decisions < order.decisions && now < order.untilUs; i++) {
            Link link = links.get(i % LINKS);
            hear(link);
            send(link);
        }
        for (Link link : links) {
            hear(link);
            link.wire.close();
        }
        log.close();
    }

    private void hear(Link link) throws IOException {
        HistoryPlay.Words words = link.words;
        HistoryPlay play = link.play;
        if (words == null || play == null) {
            return;
        }
        List<String> reply = link.wire.receive();
        log.heard(link.number, reply);
        decisions += reply.get(0).equals("GRANTED") || reply.get(0).equals("DENIED") ? 1 : 0;
        play.heard(words, reply);
        now = reply.size() > 1 ? Long.parseLong(reply.get(1)) : now;
    }

    private void send(Link link) throws IOException {
        int chosen = random.nextInt(pools.size());
        HistoryPlay.Words words = plays.get(chosen).next();
        HistoryPool pool = pools.get(chosen);
        link.words = words;
        link.play = plays.get(chosen);
        log.sent(link.number, pool.id, words.verb(), words.args());
        List<String> command = new ArrayList<>(
                List.of("EVALSHA", Objects.requireNonNull(digests.get(words.verb())), "1", pool.planned.meta()));
        command.addAll(words.args());
        link.wire.send(command);
    }
}
