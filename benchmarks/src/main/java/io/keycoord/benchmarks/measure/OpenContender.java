package io.keycoord.benchmarks.measure;

import io.keycoord.benchmarks.contender.Contender;
import io.keycoord.benchmarks.contender.Cycles;
import io.keycoord.benchmarks.contender.Load;
import java.util.ArrayList;
import java.util.List;

/** A contender with its connections and its accounts in Redis. */
record OpenContender(Contender contender, Cycles cycles) {

    /** Opens all, in their order; if one fails, those before it are closed. */
    static List<OpenContender> all(List<Contender> contenders, Server server, Load load) {
        List<OpenContender> open = new ArrayList<>();
        try {
            for (Contender contender : contenders) {
                open.add(new OpenContender(contender, contender.open(server.uri(), load)));
            }
            return open;
        } catch (RuntimeException e) {
            open.forEach(each -> each.cycles.close());
            throw e;
        }
    }

    static void close(List<OpenContender> open) {
        open.forEach(each -> each.cycles.close());
    }
}
