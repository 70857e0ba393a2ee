--[[
  Windows that begin at fixed instants. Times and lengths are in the limit's unit (microseconds, or milliseconds for
  windows of a day and more). 'month' is that of UTC, counted from the year 0; 'pacific' days begin at midnight in Los Angeles, by the rules of the Energy Policy Act of
  2005 (second Sunday of March to first Sunday of November, both at 2:00 local time).

  Calendar.index(mode, time, period) -> number of the window that time falls into
  Calendar.start(mode, index, period) -> its first instant
]]
local Calendar = {}

local DAY_MS, HOUR_MS = 86400000, 3600000

-- Day number of a date; the algorithm counts from the first of March of the year 0.
function Calendar.days(year, month, day)
  local y = month <= 2 and year - 1 or year
  local era = math.floor(y / 400)
  local of_era = y - era * 400
  local of_year = math.floor((153 * ((month + 9) % 12) + 2) / 5) + day - 1
  return era * 146097 + of_era * 365 + math.floor(of_era / 4) - math.floor(of_era / 100) + of_year - 719468
end

function Calendar.sunday(year, month, nth)
  local first = Calendar.days(year, month, 1)
  return first + (3 - first) % 7 + 7 * (nth - 1)
end

-- Whether midnight of the local day is in summer time; on the days of the change it is not yet changed.
function Calendar.summer(day)
  local year = 1970 + math.floor(day / 365.2425)
  if Calendar.days(year + 1, 1, 1) <= day then year = year + 1 end
  if Calendar.days(year, 1, 1) > day then year = year - 1 end
  return day > Calendar.sunday(year, 3, 2) and day <= Calendar.sunday(year, 11, 1)
end

-- The month that a day number falls into: the inverse of days().
function Calendar.month(day)
  local of_era = (day + 719468) % 146097
  local year = math.floor((of_era - math.floor(of_era / 1460) + math.floor(of_era / 36524) - math.floor(of_era / 146096)) / 365)
  local of_year = of_era - (365 * year + math.floor(year / 4) - math.floor(year / 100))
  local from_march = math.floor((5 * of_year + 2) / 153)
  return (math.floor((day + 719468) / 146097) * 400 + year) * 12 + from_march + 2
end

function Calendar.start(mode, index, period)
  if mode == 'fixed' then return index * period end
  if mode == 'month' then return Calendar.days(math.floor(index / 12), index % 12 + 1, 1) * DAY_MS end
  return index * DAY_MS + (Calendar.summer(index) and 7 or 8) * HOUR_MS
end

function Calendar.index(mode, time, period)
  if mode == 'fixed' then return math.floor(time / period) end
  if mode == 'month' then return Calendar.month(math.floor(time / DAY_MS)) end
  local day = math.floor((time - 8 * HOUR_MS) / DAY_MS)
  return Calendar.start(mode, day + 1, period) <= time and day + 1 or day
end
