package io.keycoord.redis;

import io.keycoord.StoreUnavailableException.Trouble;

/** What a worker does when a call of Redis fails. A call that is repeated keeps its id, so it takes effect once. */
enum Remedy {
    /** The server has not seen the script: the call is sent with its text. */
    SEND_TEXT(Trouble.AWAY),
    /** The server does not have the functions: they are loaded, and the call is repeated. */
    LOAD_FUNCTIONS(Trouble.AWAY),
    /** It passes by itself within moments: the call is repeated. */
    RETRY(Trouble.AWAY),
    /** Another server is the primary, or soon will be: the call is repeated while the client looks for it. */
    FAIL_OVER(Trouble.AWAY),
    /** Redis cannot serve now, and asking at once again would not help. */
    DEGRADE(Trouble.UNABLE),
    /** Redis serves others, but not this worker: somebody must put right a password, a permission, an address. */
    CONFIGURE(Trouble.NO_ACCESS),
    /** Damaged data or a bug. Only this call is concerned. */
    REPORT(Trouble.DAMAGED);

    /** What the caller is told if the remedy does not help. */
    final Trouble trouble;

    Remedy(Trouble trouble) {
        this.trouble = trouble;
    }

    boolean repeats() {
        return this == RETRY || this == FAIL_OVER;
    }

    /** Whether the server is to be given the scripts first. */
    boolean sendsScripts() {
        return this == SEND_TEXT || this == LOAD_FUNCTIONS;
    }

    /** The table in docs/design/failure-model.md, row by row. */
    static Remedy of(RedisError error) {
        return switch (error.code()) {
            case "NOSCRIPT" -> SEND_TEXT;
            case "TRYAGAIN", "ASK", "BUSY" -> RETRY;
            case "MOVED",
                    "READONLY",
                    "CLUSTERDOWN",
                    "MASTERDOWN",
                    "LOADING",
                    "REDIRECT",
                    "UNBLOCKED",
                    RedisError.LOST,
                    RedisError.SILENT -> FAIL_OVER;
            case "OOM", "MISCONF", "NOREPLICAS", RedisError.UNCOPIED -> DEGRADE;
            case "NOAUTH", "WRONGPASS", "NOPERM", "DENIED" -> CONFIGURE;
            case "WRONGTYPE", "CROSSSLOT", "BADARG", "DAMAGED" -> REPORT;
            case "ERR" -> ofErr(error.text());
            // A word that is not known here: nothing is granted, and settlements are kept.
            default -> DEGRADE;
        };
    }

    private static Remedy ofErr(String text) {
        if (text.contains("non local key") || text.contains("Script killed")) {
            return RETRY;
        }
        if (text.startsWith("ERR Function not found")) {
            return LOAD_FUNCTIONS;
        }
        if (text.startsWith("ERR WAIT")) {
            // Said to a server that is no longer the primary; or that has no append-only file.
            return text.contains("replica instances") ? FAIL_OVER : DEGRADE;
        }
        if (text.contains("max number of clients")) {
            return DEGRADE;
        }
        boolean forbidden = text.contains("can't run this command") || text.contains("ACL failure in script");
        boolean unfit = text.startsWith("ERR unknown command") || text.startsWith("ERR AUTH ");
        return forbidden || unfit ? CONFIGURE : REPORT;
    }
}
