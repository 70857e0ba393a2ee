package io.keycoord.console;

import io.keycoord.redis.Scripting;
import picocli.CommandLine.Option;

/** How the scripts are called. */
public final class ScriptingOption {
    @Option(
            names = "--functions",
            description = "call the scripts as functions (Redis 7), as a user must who may not run scripts")
    private boolean functions;

    /** As scripts, unless the user says otherwise. */
    public Scripting chosen() {
        return functions ? Scripting.FUNCTIONS : Scripting.EVALSHA;
    }
}
