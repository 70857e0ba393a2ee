package io.keycoord.redis;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.LocalDate;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/** {@code lua/lib/calendar.lua} against the time zones of Java, day by day. */
class CalendarModuleTest extends ScriptTest {
    private static final ZoneId PACIFIC = ZoneId.of("America/Los_Angeles");
    /** Before 2007 summer began in April. */
    private static final LocalDate FIRST = LocalDate.of(2007, 1, 1);

    private static final LocalDate LAST = LocalDate.of(2104, 12, 31);

    /** Of each day its start, and the days of the instants just before, at and long after it. */
    private static final String EACH_DAY = """
            local found = {}
            for day = tonumber(ARGV[1]), tonumber(ARGV[2]) do
              local start = Calendar.start('pacific', day, 1)
              for _, time in ipairs({start - 1, start, start + 82799999}) do
                found[#found + 1] = start
                found[#found + 1] = Calendar.index('pacific', time, 1) - day
              end
            end
            return found
            """;

    @Test
    void daysOfLosAngelesBeginAndEndWhenTheyDoThere() {
        String script = ScriptSource.read("lib/calendar") + EACH_DAY;
        for (LocalDate year = FIRST; year.isBefore(LAST); year = year.plusYears(1)) {
            long first = year.toEpochDay();
            long last = year.plusYears(1).toEpochDay() - 1;

            Object found = jedis.eval(script, List.of(), List.of("" + first, "" + last));

            assertThat(found).as("%d", year.getYear()).isEqualTo(expected(first, last));
        }
    }

    private static List<Long> expected(long first, long last) {
        List<Long> expected = new ArrayList<>();
        LongStream.rangeClosed(first, last).forEach(day -> {
            long start =
                    LocalDate.ofEpochDay(day).atStartOfDay(PACIFIC).toInstant().toEpochMilli();
            expected.addAll(List.of(start, -1L, start, 0L, start, 0L));
        });
        return expected;
    }

    /** Of each day its month, by its first and its last instant, and when that month began. */
    private static final String EACH_MONTH = """
            local found = {}
            for day = tonumber(ARGV[1]), tonumber(ARGV[2]) do
              local index = Calendar.index('month', day * 86400000, 1)
              found[#found + 1] = index
              found[#found + 1] = Calendar.index('month', day * 86400000 + 86399999, 1)
              found[#found + 1] = Calendar.start('month', index, 1)
            end
            return found
            """;

    /** Four centuries, of which one begins with a leap year. */
    @Test
    void monthsBeginWithTheirFirstDayOfUtc() {
        String script = ScriptSource.read("lib/calendar") + EACH_MONTH;
        for (int year = 1970; year <= 2404; year++) {
            long first = LocalDate.of(year, 1, 1).toEpochDay();
            long last = LocalDate.of(year, 12, 31).toEpochDay();

            Object found = jedis.eval(script, List.of(), List.of("" + first, "" + last));

            assertThat(found).as("%d", year).isEqualTo(months(first, last));
        }
    }

    private static List<Long> months(long first, long last) {
        List<Long> expected = new ArrayList<>();
        LongStream.rangeClosed(first, last).forEach(day -> {
            LocalDate date = LocalDate.ofEpochDay(day);
            long month = date.getYear() * 12L + date.getMonthValue() - 1;
            expected.addAll(List.of(month, month, date.withDayOfMonth(1).toEpochDay() * 86_400_000));
        });
        return expected;
    }

    @Test
    void otherWindowsBeginAtTheirMultiples() {
        String script = ScriptSource.read("lib/calendar")
                + "return {Calendar.index('fixed', 59999, 60000), Calendar.index('fixed', 60000, 60000),"
                + " Calendar.start('fixed', 7, 60000)}";

        assertThat(jedis.eval(script)).isEqualTo(List.of(0L, 1L, 420_000L));
    }
}
