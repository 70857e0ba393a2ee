package io.keycoord.redis;

import io.keycoord.Acquisition.Reason;
import java.util.Map;

/**
 * What an operator's switch has made of the calls of one worker in one pool, since the worker started.
 *
 * @param denied how many requests were denied because the pool was off
 * @param passed how many calls were let pass without limits
 * @param wouldDeny how many calls were let pass by the shadow that would have been denied or delayed, by reason
 */
public record SwitchedCalls(long denied, long passed, Map<Reason, Long> wouldDeny) {
    public SwitchedCalls {
        wouldDeny = Map.copyOf(wouldDeny);
    }
}
