package io.keycoord.console.demo;

import java.util.List;
import java.util.OptionalLong;

/**
 * What happened to one key, by the pool's log.
 *
 * @param openedMs when it first left service, milliseconds of the server's clock
 * @param closedMs when it last came back after that
 * @param lastChange its last change, empty if there was none
 */
record KeyStory(OptionalLong openedMs, OptionalLong closedMs, String lastChange) {

    static KeyStory of(String key, List<Store.Change> changes) {
        OptionalLong opened = OptionalLong.empty();
        OptionalLong closed = OptionalLong.empty();
        String last = "";
        for (Store.Change change : changes) {
            if (!change.key().equals(key)) {
                continue;
            }
            last = change.what();
            if (opened.isEmpty() && (last.equals("OPENED") || last.equals("DISABLED"))) {
                opened = OptionalLong.of(change.atMs());
            } else if (opened.isPresent() && last.equals("CLOSED")) {
                closed = OptionalLong.of(change.atMs());
            }
        }
        return new KeyStory(opened, closed, last);
    }

    /** Whether it left service and is back for good. */
    boolean recovered() {
        return openedMs.isPresent() && closedMs.isPresent() && lastChange.equals("CLOSED");
    }
}
