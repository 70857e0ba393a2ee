package io.keycoord.sdk;

import io.keycoord.ReportedLimit;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Function;

/**
 * Reads what answers say of the account's limits, by a provider's table of {@link LimitHeader}s. Never throws: a number
 * that is missing, negative, no number or beyond 10^12 is unknown, and so is all of a limit of zero, which providers
 * send when they do not know. What is left is reported only with a window that is certain. Immutable, safe for use by
 * many threads.
 */
public final class LimitReader {
    private static final int MOST_DIGITS = 13;

    /** Behind the whole part, with the point. */
    private static final int MOST_FRACTION = 10;

    private static final int LONGEST = 32;
    private static final long MOST = 1_000_000_000_000L;

    private final List<LimitHeader> table;
    private final Clock clock;

    /**
     * Creates a reader.
     *
     * @param table what the provider tells in headers; may be empty
     * @param clock turns the instants that headers name into durations
     */
    public LimitReader(List<LimitHeader> table, Clock clock) {
        this.table = List.copyOf(table);
        this.clock = clock;
    }

    /**
     * What the answer to a call that was admitted says.
     *
     * @param headers a header's value by its name in lower case
     */
    public List<ReportedLimit> ofAdmitted(Function<String, Optional<String>> headers) {
        return read(headers, "", false);
    }

    /** What a refusal says. Nothing, if it is not of the provider itself: relayed from another one, or a page. */
    public List<ReportedLimit> ofRefusal(ErrorAnswer answer) {
        return answer.isRelayed() || answer.isEdgePage()
                ? List.of()
                : read(answer::headerOrRepeated, answer.text("limit_source") + " " + answer.message(), true);
    }

    private List<ReportedLimit> read(Function<String, Optional<String>> headers, String words, boolean refused) {
        List<ReportedLimit> found = new ArrayList<>();
        for (LimitHeader row : table) {
            row(row, headers, words, refused).ifPresent(found::add);
        }
        return List.copyOf(found);
    }

    private Optional<ReportedLimit> row(
            LimitHeader row, Function<String, Optional<String>> headers, String words, boolean refused) {
        OptionalLong left = headers.apply(row.left()).map(LimitReader::number).orElse(OptionalLong.empty());
        Optional<String> told = headers.apply(row.limit());
        OptionalLong limit = told.map(LimitReader::number).orElse(OptionalLong.empty());
        // An admitted call's provider that knows what is left knows the limit too; a refusal may name the one that is
        // dry.
        boolean known = told.isPresent() ? limit.orElse(0) > 0 : refused;
        if (left.isEmpty() || !known) {
            return Optional.empty();
        }
        long rest = Math.min(left.getAsLong(), limit.orElse(MOST));
        return row.window()
                .of(new LimitWindow.Facts(limit, rest, () -> reset(row, headers), words))
                .map(window -> new ReportedLimit(row.dimension(), window, limit, rest));
    }

    private Optional<Duration> reset(LimitHeader row, Function<String, Optional<String>> headers) {
        return headers.apply(row.reset()).flatMap(text -> WaitText.parse(text, clock.instant()));
    }

    /** The whole part of a number of at most 13 digits and nine behind the point. */
    private static OptionalLong number(String text) {
        String digits = text.length() > LONGEST ? "" : text.strip();
        int whole = digits(digits, 0);
        boolean hasFraction = whole < digits.length() && digits.charAt(whole) == '.';
        int end = hasFraction ? digits(digits, whole + 1) : whole;
        if (whole == 0 || whole > MOST_DIGITS || end < digits.length() || end - whole > MOST_FRACTION) {
            return OptionalLong.empty();
        }
        long number = Long.parseLong(digits, 0, whole, 10);
        return number > MOST ? OptionalLong.empty() : OptionalLong.of(number);
    }

    /** Where the digits end that begin there. */
    private static int digits(String text, int from) {
        int at = from;
        while (at < text.length() && text.charAt(at) >= '0' && text.charAt(at) <= '9') {
            at++;
        }
        return at;
    }
}
