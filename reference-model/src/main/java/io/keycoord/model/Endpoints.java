package io.keycoord.model;

/** The last two accounts that succeeded with a model: {@code account ms account ms}. */
final class Endpoints {
    private final ModelPool pool;
    private final ModelBreaker breaker;

    Endpoints(ModelPool pool, ModelBreaker breaker) {
        this.pool = pool;
        this.breaker = breaker;
    }

    private String[] words(String endpoint) {
        String text = pool.endpoints.text(endpoint);
        return text.isEmpty() ? new String[0] : text.split(" ", -1);
    }

    boolean succeededElsewhere(String endpoint, Owner unit) {
        String[] words = words(endpoint);
        long oldest = pool.nowMs() - breaker.windowMs();
        for (int i = 0; i < words.length; i += 2) {
            if (!words[i].equals(unit.account()) && Long.parseLong(words[i + 1]) > oldest) {
                return true;
            }
        }
        return false;
    }

    /** Renewed once in a twelfth of the window; a third account does not displace two fresh ones. */
    void succeeded(String endpoint, Owner unit) {
        String[] words = words(endpoint);
        long fresh = pool.nowMs() - breaker.windowMs() / SlotCounts.SLOTS;
        boolean allFresh = words.length == 4;
        for (int i = 0; i < words.length; i += 2) {
            boolean isFresh = Long.parseLong(words[i + 1]) > fresh;
            if (isFresh && words[i].equals(unit.account())) {
                return;
            }
            allFresh &= isFresh;
        }
        if (allFresh) {
            return;
        }
        String text = unit.account() + " " + pool.nowMs();
        if (words.length > 0 && !words[0].equals(unit.account())) {
            text += " " + words[0] + " " + words[1];
        } else if (words.length == 4) {
            text += " " + words[2] + " " + words[3];
        }
        pool.endpoints.set(endpoint, text);
    }
}
