package io.keycoord.redis;

import java.util.List;

/**
 * A key as of one instant. Times are milliseconds of the server's clock, 0 for none.
 *
 * @param id its id
 * @param account the account whose limits it shares
 * @param state {@code CLOSED}, {@code OPEN}, {@code HALF_OPEN}, {@code DRAINING} or {@code DISABLED}
 * @param why what brought it there
 * @param sinceMs since when
 * @param untilMs until when it rests behind its breaker
 * @param blockedUntilMs until when it, or all of its account, is blocked by the provider
 * @param blockedWhy the word for that block, also when it is over; empty if there was none
 * @param inFlight calls under way with this key
 * @param accountInFlight calls under way with all keys of the account
 * @param slots calls allowed at the same time by the tightest limit; 0 for no limit
 * @param errorsInWindow errors that its breaker remembers, as of the last call
 * @param callsOk calls that were answered
 * @param callsFailed calls that were not
 * @param latencyMs moving average of the answered calls
 * @param degradedUntilMs until when it is chosen last, because it is slower, or fails more, than its peers
 * @param slowed limits of its account that go slower because the provider said so, as {@code name:eighths:sinceMs …}
 * @param waitsFor what keeps the account out of service now: {@code requests}, {@code tokens}, {@code concurrency},
 *     {@code block}, {@code breaker}, {@code key} …; empty if nothing does
 * @param limits what is left of the account's limits and of the key's own
 */
public record KeyView(
        String id,
        String account,
        String state,
        String why,
        long sinceMs,
        long untilMs,
        long blockedUntilMs,
        String blockedWhy,
        long inFlight,
        long accountInFlight,
        long slots,
        long errorsInWindow,
        long callsOk,
        long callsFailed,
        long latencyMs,
        long degradedUntilMs,
        String slowed,
        String waitsFor,
        List<LimitView> limits) {

    public KeyView {
        limits = List.copyOf(limits);
    }
}
