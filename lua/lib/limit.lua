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
    bucket   <name>_tat, <name>_back (time given back so far), <name>_hold ('' or 'start slack' of reservations)
    fixed    <name>_window, <name>_used, <name>_next (what may arrive in the next window)
    ring     field '<owner> <name>' of the hash windows: 'slot:count slot:count ...'

  limit_parse(row) -> list of limits
  limit_fields(limits, names)                         appends the fields to load
  limit_cost(limit, tokens) -> cost in the limit's dimension
  limit_possible(limit, cost) -> whether an idle limit could ever admit it
  limit_earliest(pool, owner, limit, cost, time) -> first instant >= time (us) that admits it
  limit_charge(pool, owner, limit, cost, start, now) -> v, the stamp that a later refund needs
  limit_refund(pool, owner, limit, cost, v, now)      gives back by the safe rule, never more than is still there
  limit_debt(pool, owner, limit, cost, now)           charges what was used beyond the reservation
  limit_left(pool, owner, limit, now) -> whole units left now
]]
local WRAP = 2251799813685248 -- 2^51: given-back time is counted modulo this
local SLOTS = 60

local function limit_parse(row)
  local limits = {}
  local words = '([%w_]+) (%a+) (%a+) (%d+) (%d+) (%d+) (%d+) (%d) (%d) (%d+)'
  for name, dimension, mode, limit, period, tolerance, unit, refund, counted, jitter in string.gmatch(row, words) do
    limits[#limits + 1] = {
      name = name, dimension = dimension, mode = mode, limit = tonumber(limit), period = tonumber(period),
      tolerance = tonumber(tolerance), unit = tonumber(unit), refund = refund == '1', completion = counted == '1',
      jitter = tonumber(jitter), tat = name .. '_tat', back = name .. '_back', hold = name .. '_hold',
      window = name .. '_window', used = name .. '_used', next = name .. '_next'}
  end
  return limits
end

local function limit_fields(limits, names)
  for _, l in ipairs(limits) do
    local n = #names
    if l.mode == 'bucket' then
      names[n + 1], names[n + 2], names[n + 3] = l.tat, l.back, l.hold
    elseif l.mode ~= 'ring' then
      names[n + 1], names[n + 2], names[n + 3] = l.window, l.used, l.next
    end
  end
end

local function limit_cost(limit, tokens)
  return limit.dimension == 'requests' and 1 or tokens
end

-- Exact while cost * period < 2^53, which the configuration guarantees.
local function bucket_increment(limit, cost)
  return math.ceil(cost * limit.period / limit.limit)
end

local function limit_possible(limit, cost)
  if limit.mode == 'bucket' then return bucket_increment(limit, cost) <= limit.tolerance end
  return cost <= limit.limit
end

-- Ring: slots in ascending order, as loaded or as changed by this script.
local function ring_load(pool, owner, limit)
  local id = owner.id .. ' ' .. limit.name
  local ring = pool.rings[id]
  if ring then return ring, id end
  ring = {}
  for slot, count in string.gmatch(redis.call('HGET', pool.prefix .. 'windows', id) or '', '(%d+):(%d+)') do
    ring[#ring + 1] = {tonumber(slot), tonumber(count)}
  end
  pool.rings[id] = ring
  return ring, id
end

-- A slot counts, whole, until its last instant is one period old.
local function ring_exit(limit, slot)
  local width = math.ceil(limit.period / SLOTS)
  return (slot + 1) * width + limit.period
end

local function ring_change(pool, owner, limit, slot, change, now)
  local ring, id = ring_load(pool, owner, limit)
  local kept, placed = {}, false
  for _, entry in ipairs(ring) do
    if entry[1] > slot and not placed then
      if change > 0 then kept[#kept + 1] = {slot, change} end
      placed = true
    end
    local count = entry[2]
    if entry[1] == slot then
      count = count + change
      placed = true
    end
    if count > 0 and ring_exit(limit, entry[1]) > now then kept[#kept + 1] = {entry[1], count} end
  end
  if not placed and change > 0 then kept[#kept + 1] = {slot, change} end
  pool.rings[id], pool.rings_changed[id] = kept, true
end

-- The grant must not see limit - 1 others newer than one period: it waits for the limit-th newest to leave.
local function ring_earliest(pool, owner, limit)
  local ring = ring_load(pool, owner, limit)
  local newer = 0
  for i = #ring, 1, -1 do
    newer = newer + ring[i][2]
    if newer >= limit.limit then return ring_exit(limit, ring[i][1]) end
  end
  return 0
end

-- Fixed windows: what has been used in a window, as far as the state reaches.
local function fixed_used(owner, limit, index)
  local window = tonumber(owner[limit.window]) or 0
  if index == window then return tonumber(owner[limit.used]) or 0 end
  if index == window + 1 then return tonumber(owner[limit.next]) or 0 end
  return 0
end

-- A request granted this late may arrive in the next window, so it is counted in both.
local function fixed_straddles(limit, index, time)
  return limit.jitter > 0 and time + limit.jitter >= window_start(limit.mode, index + 1, limit.period)
end

local function fixed_earliest(owner, limit, cost, time)
  local index = window_index(limit.mode, time, limit.period)
  local room = limit.limit - cost
  if fixed_used(owner, limit, index) <= room
    and (not fixed_straddles(limit, index, time) or fixed_used(owner, limit, index + 1) <= room) then
    return time
  end
  local following = fixed_used(owner, limit, index + 1) <= room and index + 1 or index + 2
  return window_start(limit.mode, following, limit.period)
end

local function fixed_roll(owner, limit, now)
  local index = window_index(limit.mode, now, limit.period)
  local window = tonumber(owner[limit.window]) or 0
  if window >= index then return window end
  entity_set(owner, limit.used, fixed_used(owner, limit, index))
  entity_set(owner, limit.next, 0)
  entity_set(owner, limit.window, index)
  return index
end

local function fixed_add(owner, limit, cost, time, now)
  local window = fixed_roll(owner, limit, now)
  local index = window_index(limit.mode, time, limit.period)
  local straddles = index == window and fixed_straddles(limit, index, time)
  if index == window then entity_set(owner, limit.used, (tonumber(owner[limit.used]) or 0) + cost) end
  if index == window + 1 or straddles then
    entity_set(owner, limit.next, (tonumber(owner[limit.next]) or 0) + cost)
  end
  return index * 2 + (straddles and 1 or 0)
end

local function fixed_subtract(owner, limit, cost, v, now)
  local window = fixed_roll(owner, limit, now)
  local index, straddles = math.floor(v / 2), v % 2 == 1
  if index == window then entity_set(owner, limit.used, math.max(0, (tonumber(owner[limit.used]) or 0) - cost)) end
  if index == window + 1 or (index == window and straddles) then
    entity_set(owner, limit.next, math.max(0, (tonumber(owner[limit.next]) or 0) - cost))
  elseif index == window - 1 and straddles then
    entity_set(owner, limit.used, math.max(0, (tonumber(owner[limit.used]) or 0) - cost))
  end
end

-- While a reservation lies ahead, charges before it may shift no further than the gap that it found: its slack.
local function bucket_hold(owner, limit, now)
  local start, slack = string.match(owner[limit.hold] or '', '^(%d+) (%d+)$')
  start = tonumber(start)
  if start and start > now then return start, tonumber(slack) end
  return nil, nil
end

local function bucket_charge(owner, limit, cost, start, now)
  local before = tonumber(owner[limit.tat]) or 0
  if start > now then
    local held, slack = bucket_hold(owner, limit, now)
    local gap = math.max(0, before - start)
    if held then gap = math.min(gap, slack) end
    entity_set(owner, limit.hold, string.format('%.0f %.0f', math.max(held or 0, start), gap))
  end
  local tat = math.max(before, start) + bucket_increment(limit, cost)
  entity_set(owner, limit.tat, tat)
  return tat + (tonumber(owner[limit.back]) or 0)
end

-- The safe refund: a charge occupies the time before v on the bucket's line. What lies before now has leaked already,
-- and what was given back since has moved it to the left.
local function bucket_refund(owner, limit, cost, v, now)
  local tat, back = tonumber(owner[limit.tat]) or 0, tonumber(owner[limit.back]) or 0
  local still = v - back - now
  if still > WRAP / 2 then still = still - WRAP end
  local give = math.min(math.floor(cost * limit.period / limit.limit), still, tat - now)
  local held, slack = bucket_hold(owner, limit, now)
  if held then give = math.min(give, slack) end
  if give <= 0 then return end
  entity_set(owner, limit.tat, tat - give)
  entity_set(owner, limit.back, (back + give) % WRAP)
  if held then entity_set(owner, limit.hold, string.format('%.0f %.0f', held, slack - give)) end
end

local function limit_earliest(pool, owner, limit, cost, time)
  if not limit_possible(limit, cost) then return pool.NEVER end
  local earliest
  if limit.mode == 'bucket' then
    earliest = (tonumber(owner[limit.tat]) or 0) + bucket_increment(limit, cost) - limit.tolerance
  elseif limit.mode == 'ring' then
    earliest = ring_earliest(pool, owner, limit)
  else
    earliest = fixed_earliest(owner, limit, cost, math.floor(time / limit.unit))
  end
  return math.max(time, earliest * limit.unit)
end

-- Conservative in coarse units: a charge begins not before its instant, a refund not after it.
local function limit_charge(pool, owner, limit, cost, start, now)
  local at, current = math.ceil(start / limit.unit), math.floor(now / limit.unit)
  if limit.mode == 'bucket' then return bucket_charge(owner, limit, cost, at, math.ceil(now / limit.unit)) end
  if limit.mode == 'ring' then
    local slot = math.floor(at / math.ceil(limit.period / SLOTS))
    ring_change(pool, owner, limit, slot, cost, current)
    return slot
  end
  return fixed_add(owner, limit, cost, math.floor(start / limit.unit), current)
end

local function limit_refund(pool, owner, limit, cost, v, now)
  local current = math.floor(now / limit.unit)
  if limit.mode == 'bucket' then
    bucket_refund(owner, limit, cost, v, math.ceil(now / limit.unit))
  elseif limit.mode == 'ring' then
    ring_change(pool, owner, limit, v, -cost, current)
  else
    fixed_subtract(owner, limit, cost, v, current)
  end
end

local function limit_debt(pool, owner, limit, cost, now)
  limit_charge(pool, owner, limit, cost, now, now)
end

local function limit_left(pool, owner, limit, now)
  local current = math.floor(now / limit.unit)
  if limit.mode == 'bucket' then
    local owed = math.max(0, (tonumber(owner[limit.tat]) or 0) - current)
    return math.max(0, math.floor((limit.tolerance - owed) * limit.limit / limit.period))
  end
  if limit.mode == 'ring' then
    local left = limit.limit
    for _, entry in ipairs(ring_load(pool, owner, limit)) do
      if ring_exit(limit, entry[1]) > current then left = left - entry[2] end
    end
    return math.max(0, left)
  end
  return math.max(0, limit.limit - fixed_used(owner, limit, window_index(limit.mode, current, limit.period)))
end
