package io.keycoord.redis.model;

import java.util.Map;

/** What goes wrong while workers play. It is over when {@link #strike} returns. */
enum ChaosFault {
    WORKER_KILLED {
        @Override
        void strike(ChaosRound round) throws Exception {
            round.killOne();
        }
    },
    WORKER_ASLEEP {
        @Override
        void strike(ChaosRound round) throws Exception {
            HistoryJvm worker = round.someWorker();
            worker.signal("STOP");
            round.pass((int) ChaosWorker.LEASE_TTL.toMillis() + 500);
            worker.signal("CONT");
        }
    },
    SCRIPTS_FLUSHED {
        @Override
        void strike(ChaosRound round) throws Exception {
            for (int i = 0; i < 15; i++) {
                round.server.flushScripts();
                round.pass(50);
            }
        }
    },
    CONNECTIONS_RESET {
        @Override
        void strike(ChaosRound round) {
            round.taps.forEach(ChaosTap::reset);
        }
    },
    CONNECTIONS_HALF_OPEN {
        @Override
        void strike(ChaosRound round) {
            round.taps.forEach(ChaosTap::halfOpen);
        }
    },
    REPLIES_DROPPED {
        @Override
        void strike(ChaosRound round) throws Exception {
            round.taps.forEach(tap -> tap.drop(true));
            round.pass(700);
            round.taps.forEach(tap -> tap.drop(false));
        }
    },
    LATENCY {
        @Override
        void strike(ChaosRound round) throws Exception {
            round.taps.forEach(tap -> tap.delay(50));
            round.pass(800);
            round.taps.forEach(tap -> tap.delay(0));
        }
    },
    REDIS_ASLEEP {
        @Override
        void strike(ChaosRound round) throws Exception {
            round.server.pause();
            round.pass(1_300);
            round.server.resume();
        }
    },
    /** {@code kill -9}, and all that was answered is on disk. */
    REDIS_RESTARTED {
        @Override
        void strike(ChaosRound round) throws Exception {
            round.lane.single(true);
            round.pass(100);
            round.crash();
            round.server.restart();
            round.happened(ChaosLoss.ALL, round.states());
            round.lane.open();
            round.lane.single(false);
        }
    },
    /** {@code kill -9}, and nothing is left. */
    REDIS_EMPTY {
        @Override
        void strike(ChaosRound round) throws Exception {
            round.crash();
            round.server.forget();
            round.server.restart();
            round.happened(ChaosLoss.NOTHING, Map.of());
            round.lane.open();
        }
    },
    ALL_FLUSHED {
        @Override
        void strike(ChaosRound round) {
            round.losses.add(new ChaosLoss(round.server.flush(), ChaosLoss.NOTHING, Map.of()));
        }
    },
    OLDER_COPY {
        @Override
        void strike(ChaosRound round) throws Exception {
            long copied = round.server.copy();
            round.pass(50 + round.random.nextInt(600));
            round.losses.add(new ChaosLoss(round.server.restoreCopy(), copied, Map.of()));
        }
    };

    abstract void strike(ChaosRound round) throws Exception;
}
