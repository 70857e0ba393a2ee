--[[
  Rate limits: one cost-independent interface over three ways of counting.

  A row describes the limits of an account class or of a key, each as ten words, joined by commas:
    name  dimension  mode  limit  period  tolerance  unit_us  refund  counted  jitter
  dimension  requests (cost 1) | tokens
  mode       bucket    GCRA: a charge of c moves the arrival time TAT by ceil(c * period / limit); it conforms while
                       TAT stays within tolerance of now. One number is the bucket.
             ring      never more than limit in any span of period; counts in 60 slots of the period (requests only)
             fixed     counted anew in each window of period | pacific: in each day of Los Angeles
  period, tolerance, jitter and all stored times are in units of unit_us microseconds: 1, or 1000 from a day on.
  refund     1 if the provider gives back what was reserved and not used
  counted    0 at admission | 1 at completion: the estimate is a hold, the actual use is charged at settlement
  jitter     how much later than its grant a request may arrive

  State, in the hash of the owner:
    bucket   <name>_tat, <name>_back: time given back so far, and while a reservation lies ahead its start and slack
    fixed    <name>_window, <name>_used, <name>_next (what may arrive in the next window)
    ring     field '<hash of the owner> <name>' of the hash windows: 'slot:count slot:count ...'

  Limit.parse(row) -> list of limits
  Limit.fields(limits, names)                         appends the fields to load
  Limit.indexed(limits) -> the limit that the tokens index orders units by, or nil
  Limit.cost(limit, tokens) -> cost in the limit's dimension
  Limit.possible(limit, cost) -> whether an idle limit could ever admit it
  Limit.full(limit) -> what an idle limit has left
  Limit.earliest(pool, owner, limit, cost, time) -> first instant >= time (us) that admits it
  Limit.charge(pool, owner, limit, cost, start, now) -> v, the stamp that a later refund needs
  Limit.refund(pool, owner, limit, cost, v, now)      gives back by the safe rule, never more than is still there
  Limit.debt(pool, owner, limit, cost, now)           charges what was used beyond the reservation
  Limit.left(pool, owner, limit, now) -> whole units left now
]]
local Limit = {}

local WRAP = 2251799813685248 -- 2^51: given-back time is counted modulo this

function Limit.parse(row)
  local limits = {}
  local words = '([%w_]+) (%a+) (%a+) (%d+) (%d+) (%d+) (%d+) (%d) (%d) (%d+)'
  for name, dimension, mode, limit, period, tolerance, unit, refund, counted, jitter in string.gmatch(row, words) do
    limits[#limits + 1] = {
      name = name, dimension = dimension, mode = mode, limit = tonumber(limit), period = tonumber(period),
      tolerance = tonumber(tolerance), unit = tonumber(unit), refund = refund == '1', completion = counted == '1',
      jitter = tonumber(jitter), left = name .. '_left'}
    local l = limits[#limits]
    if mode == 'bucket' then
      l.tat, l.back = name .. '_tat', name .. '_back'
    elseif mode ~= 'ring' then
      l.window, l.used, l.next = name .. '_window', name .. '_used', name .. '_next'
    end
  end
  return limits
end

function Limit.fields(limits, names)
  for _, l in ipairs(limits) do
    local n = #names
    if l.mode == 'bucket' then
      names[n + 1], names[n + 2] = l.tat, l.back
    elseif l.mode ~= 'ring' then
      names[n + 1], names[n + 2], names[n + 3] = l.window, l.used, l.next
    end
  end
end

function Limit.full(limit)
  if limit.mode ~= 'bucket' then return limit.limit end
  return math.floor(limit.tolerance * limit.limit / limit.period)
end

-- The first bucket of tokens: what the tokens index orders units by.
function Limit.indexed(limits)
  for _, limit in ipairs(limits) do
    if limit.mode == 'bucket' and limit.dimension == 'tokens' then return limit end
  end
  return nil
end

function Limit.cost(limit, tokens)
  return limit.dimension == 'requests' and 1 or tokens
end

-- Exact while cost * period < 2^53, which the configuration guarantees.
function Limit.bucket_increment(limit, cost)
  return math.ceil(cost * limit.period / limit.limit)
end

function Limit.possible(limit, cost)
  if limit.mode == 'bucket' then return Limit.bucket_increment(limit, cost) <= limit.tolerance end
  return cost <= limit.limit
end

-- Time given back so far; and, while a reservation lies ahead, its start and the slack: charges before it may shift no
-- further than the gap that it found.
function Limit.bucket_back(owner, limit, now)
  local kept = owner[limit.back] or 0
  if type(kept) == 'number' then return kept, nil, nil end
  local given, start, slack = string.match(kept, '^(%d+) (%d+) (%d+)$')
  start = tonumber(start)
  if start and start > now then return tonumber(given), start, tonumber(slack) end
  return tonumber(given) or 0, nil, nil
end

function Limit.bucket_keep(owner, limit, back, start, slack)
  Entity.set(owner, limit.back, start and string.format('%.0f %.0f %.0f', back, start, slack) or back)
end

function Limit.bucket_charge(owner, limit, cost, start, now)
  local before = owner[limit.tat] or 0
  local back, held, slack = Limit.bucket_back(owner, limit, now)
  if start > now then
    local gap = math.max(0, before - start)
    if held then gap = math.min(gap, slack) end
    Limit.bucket_keep(owner, limit, back, math.max(held or 0, start), gap)
  end
  local tat = math.max(before, start) + Limit.bucket_increment(limit, cost)
  Entity.set(owner, limit.tat, tat)
  return tat + back
end

-- The safe refund: a charge occupies the time before v on the bucket's line. What lies before now has leaked already,
-- and what was given back since has moved it to the left.
function Limit.bucket_refund(owner, limit, cost, v, now)
  local tat = owner[limit.tat] or 0
  local back, held, slack = Limit.bucket_back(owner, limit, now)
  local still = v - back - now
  if still > WRAP / 2 then still = still - WRAP end
  local give = math.min(math.floor(cost * limit.period / limit.limit), still, tat - now)
  if held then give = math.min(give, slack) end
  if give <= 0 then return end
  Entity.set(owner, limit.tat, tat - give)
  Limit.bucket_keep(owner, limit, (back + give) % WRAP, held, held and slack - give)
end

function Limit.earliest(pool, owner, limit, cost, time)
  if not Limit.possible(limit, cost) then return pool.NEVER end
  local earliest
  if limit.mode == 'bucket' then
    earliest = (owner[limit.tat] or 0) + Limit.bucket_increment(limit, cost) - limit.tolerance
  elseif limit.mode == 'ring' then
    earliest = Ring.earliest(pool, owner, limit)
  else
    earliest = Fixed.earliest(owner, limit, cost, math.floor(time / limit.unit))
  end
  return math.max(time, earliest * limit.unit)
end

-- Conservative in coarse units: a charge begins not before its instant, a refund not after it.
function Limit.charge(pool, owner, limit, cost, start, now)
  local at, current = math.ceil(start / limit.unit), math.floor(now / limit.unit)
  if limit.mode == 'bucket' then return Limit.bucket_charge(owner, limit, cost, at, math.ceil(now / limit.unit)) end
  if limit.mode == 'ring' then
    local slot = math.floor(at / math.ceil(limit.period / Ring.SLOTS))
    Ring.change(pool, owner, limit, slot, cost, current)
    return slot
  end
  return Fixed.add(owner, limit, cost, math.floor(start / limit.unit), current)
end

function Limit.refund(pool, owner, limit, cost, v, now)
  local current = math.floor(now / limit.unit)
  if limit.mode == 'bucket' then
    Limit.bucket_refund(owner, limit, cost, v, math.ceil(now / limit.unit))
  elseif limit.mode == 'ring' then
    Ring.change(pool, owner, limit, v, -cost, current)
  else
    Fixed.subtract(owner, limit, cost, v, current)
  end
end

function Limit.debt(pool, owner, limit, cost, now)
  Limit.charge(pool, owner, limit, cost, now, now)
end

function Limit.left(pool, owner, limit, now)
  local current = math.floor(now / limit.unit)
  if limit.mode == 'bucket' then
    local owed = math.max(0, (owner[limit.tat] or 0) - current)
    return math.max(0, math.floor((limit.tolerance - owed) * limit.limit / limit.period))
  end
  if limit.mode == 'ring' then
    return Ring.left(pool, owner, limit, current)
  end
  return math.max(0, limit.limit - Fixed.used(owner, limit, Calendar.index(limit.mode, current, limit.period)))
end
