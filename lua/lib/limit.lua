--[[
  Rate limits: one interface over three ways of counting. The bucket, which is what most limits are, is here; the
  others are in lib/window.

  A row describes the limits of an account class, of a key or of a budget, each as ten words, joined by commas:
    name  dimension  mode  limit  period  tolerance  unit_us  refund  counted  jitter
  dimension  requests (cost 1) | tokens | input_tokens | output_tokens | money (millionths of a US dollar)
  mode       bucket    GCRA: a charge of c moves the arrival time TAT by ceil(c * period / limit); it conforms while
                       TAT stays within tolerance of now. One number is the bucket.
             ring      never more than limit in any span of period; counts in 60 slots of the period (requests only)
             fixed     counted anew in each window of period | pacific: in each day of Los Angeles | month: of UTC
  period, tolerance, jitter and all stored times are in units of unit_us microseconds: 1, or 1000 from a day on.
  refund     1 if the provider gives back what was reserved and not used
  counted    0 at admission | 1 at completion: the estimate is a hold, the actual use is charged at settlement
  jitter     how much later than its grant a request may arrive

  State, in the hash of the owner:
    bucket   <name>_tat, <name>_back: time given back so far, and while a reservation lies ahead its start and slack
    fixed    <name>_window, <name>_used, <name>_next (what may arrive in the next window)
    ring     field '<hash of the owner> <name>' of the hash windows: 'slot:count slot:count ...'

  A cost is a table of what a call takes in each dimension. What takes no money is not held up by limits of money.

  Limit.parse(row) -> list of limits; its fields: names of their state in the hash; its indexed: the first bucket of
                      tokens of any kind, which the tokens index orders units by, or nil
  Limit.withhold(limits, millionths)        so much less of each of them that is divided: of what a bucket holds and of its rate, of
                      what a window admits; at least 1 is left. limit.whole is what it was. What counts longer than some ten
                      minutes is not divided, nor a bucket of which too little would be left for a single unit
  Limit.cost(input, output, money) -> cost of a call
  Limit.increment(limit, cost) -> how far a cost moves the arrival time of a bucket
  Limit.possible(limit, cost) -> whether an idle limit could ever admit it
  Limit.earliest(pool, owner, limit, cost, time) -> first instant >= time (us) that admits it
  Limit.keeping(pool, owner, limit, cost, time)     the same, and leaves pool.keep percent of the limit to more important calls; a
                                                    cost that would not fit into the rest needs all of it
  Limit.kept(pool, limit, increment) -> what is left so of a bucket, as time, by a charge that takes so much of it
  Limit.charge(pool, owner, limit, cost, start, now, pace) -> v, the stamp that a later refund needs
                      pace: of lib/learning, in eighths; nil for all of the rate
  Limit.left(pool, owner, limit, now) -> whole units left now
  Limit.exhaust(pool, owner, longest_us)   state that was lost is not a full bucket: the owner's limits begin as if they had just
                      been used up, but for windows longer than that
]]
local Limit = {}

function Limit.parse(row)
  local limits, fields = {}, {}
  local words = '([%w_]+) ([%a_]+) (%a+) (%d+) (%d+) (%d+) (%d+) (%d) (%d) (%d+)'
  for name, dimension, mode, most, period, tolerance, unit, refund, counted, jitter in string.gmatch(row, words) do
    local whole = tonumber(most)
    local limit = {
      name = name, dimension = dimension, mode = mode, limit = whole, whole = whole, period = tonumber(period),
      tolerance = tonumber(tolerance), jitter = jitter, unit = unit == '1' and 1 or tonumber(unit), refund = refund == '1',
      completion = counted == '1', left = name .. '_left', tat = nil, back = nil}
    local n = #fields
    if mode == 'bucket' then
      limit.tat, limit.back = name .. '_tat', name .. '_back'
      fields[n + 1], fields[n + 2] = limit.tat, limit.back
      if not limits.indexed and dimension ~= 'requests' and dimension ~= 'money' then limits.indexed = limit end
    elseif mode ~= 'ring' then
      limit.jitter = tonumber(jitter)
      limit.window, limit.used, limit.next = name .. '_window', name .. '_used', name .. '_next'
      fields[n + 1], fields[n + 2], fields[n + 3] = limit.window, limit.used, limit.next
    end
    limits[#limits + 1] = limit
  end
  limits.fields = fields
  return limits
end

function Limit.cost(input, output, money)
  return {requests = 1, tokens = input + output, input_tokens = input, output_tokens = output, money = money}
end

-- Exact while cost * period < 2^53, which the configuration guarantees.
function Limit.increment(limit, cost)
  return math.ceil(cost * limit.period / limit.limit)
end

function Limit.possible(limit, cost)
  if limit.mode == 'bucket' then return Limit.increment(limit, cost) <= limit.tolerance end
  return cost <= limit.limit
end

function Limit.earliest(pool, owner, limit, cost, time)
  if cost == 0 and limit.dimension == 'money' then return time end
  if limit.mode ~= 'bucket' then return Window.earliest(pool, owner, limit, cost, time) end
  local increment = Limit.increment(limit, cost)
  if increment > limit.tolerance then return pool.NEVER end
  return math.max(time, ((owner[limit.tat] or 0) + increment - limit.tolerance) * limit.unit)
end

-- Conservative in coarse units: a charge begins not before its instant.
function Limit.charge(pool, owner, limit, cost, start, now, pace)
  if limit.mode ~= 'bucket' then
    return Window.charge(pool, owner, limit, pace and math.ceil(cost * 8 / pace) or cost, start, now)
  end
  local at, back = math.ceil(start / limit.unit), owner[limit.back] or 0
  if start > now or type(back) == 'string' then back = Refund.hold(owner, limit, at, math.ceil(now / limit.unit)) end
  local increment = Limit.increment(limit, cost)
  if pace then increment = math.ceil(increment * 8 / pace) end
  local tat = math.max(owner[limit.tat] or 0, at) + increment
  Entity.set(owner, limit.tat, tat)
  return tat + back
end

function Limit.left(pool, owner, limit, now)
  if limit.mode ~= 'bucket' then return Window.left(pool, owner, limit, math.floor(now / limit.unit)) end
  local owed = math.max(0, (owner[limit.tat] or 0) - math.floor(now / limit.unit))
  return math.max(0, math.floor((limit.tolerance - owed) * limit.limit / limit.period))
end

--- @lazily

-- The most that shares are of anything, in millionths; and how long what is divided may count, with all of its jitter.
local MOST_SHARED, LONGEST_US = 800000, 610000000

-- In two steps, for the product of a large limit would not be exact.
local function less(whole, millionths)
  local millions, rest = math.floor(whole / 1000000), whole % 1000000
  return math.max(1, whole - millions * millionths - math.ceil(rest * millionths / 1000000))
end

function Limit.withhold(limits, millionths)
  for _, limit in ipairs(limits) do
    local single = limit.mode == 'bucket' and math.ceil(limit.period / less(limit.whole, MOST_SHARED)) or 0
    if limit.period * limit.unit <= LONGEST_US and single <= limit.tolerance then
      limit.limit = less(limit.whole, millionths)
    end
  end
end

function Limit.kept(pool, limit, increment)
  return math.min(math.floor(limit.tolerance * pool.keep / 100), limit.tolerance - increment)
end

function Limit.keeping(pool, owner, limit, cost, time)
  if cost == 0 or not Limit.possible(limit, cost) then return Limit.earliest(pool, owner, limit, cost, time) end
  if limit.mode ~= 'bucket' then
    local kept = math.min(math.floor(limit.limit * pool.keep / 100), limit.limit - cost)
    return Window.earliest(pool, owner, limit, cost + kept, time)
  end
  local increment = Limit.increment(limit, cost)
  local needed = increment + Limit.kept(pool, limit, increment)
  return math.max(time, ((owner[limit.tat] or 0) + needed - limit.tolerance) * limit.unit)
end

-- A day of Los Angeles and a month are longer than any other window that is told apart here.
local function window_us(limit)
  return (limit.mode == 'pacific' or limit.mode == 'month') and math.huge or limit.period * limit.unit
end

function Limit.exhaust(pool, owner, longest_us)
  for _, limit in ipairs(owner.limits) do
    if window_us(limit) <= longest_us then
      if limit.mode == 'bucket' then
        Entity.set(owner, limit.tat, math.max(owner[limit.tat] or 0, math.ceil(pool.now / limit.unit) + limit.tolerance))
      else
        Limit.charge(pool, owner, limit, limit.limit, pool.now, pool.now)
      end
    end
  end
end
