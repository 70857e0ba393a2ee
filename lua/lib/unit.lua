--[[
  Units and keys. A unit is what the indexes hold: the limits of an account for one class of models. A key is what is
  handed out. Where an account has one key and one class of its own ("implicit") both are the same hash.

  Gates are what does not depend on a request's size: limits of requests, slots, blocks, breakers. A unit whose gates
  are open is in the ready index of its group, any other in the parked one with the instant at which they open: EVENT
  if something must happen first, NEVER if an operator must act. The keys of an account with several are kept likewise.

  unit_load(pool, id) -> unit, or nil               limits, state and, of an account with one key, that key
  unit_gate(pool, unit) -> instant, what            when its gates open, 0 if they are, and what keeps them shut
  unit_earliest(pool, unit, tokens, time) -> instant, what    of the unit's own gates and limits for this request
  unit_place(pool, unit)                            moves it between the indexes of its group, as its gates say
  unit_place_others(pool, unit)                     the same for the other classes of its account
  key_load(pool, id) -> key, or nil
  key_earliest(pool, key, tokens, time) -> instant, what
  key_place(pool, unit, key)                        moves it between the indexes of its account
  unit_keys(pool, unit, kind) -> name of the ready or parked index of its account's keys
]]
local UNIT_FIELDS = {'in_flight', 'max_in_flight', 'blocked_until_ms', 'index', 'group', 'account', 'key', 'weight',
  'pass', 'classes', 'wait_for', 'wait_until_ms', 'keys'}
local KEY_FIELDS = {'state', 'until_ms', 'in_flight', 'max_in_flight', 'blocked_until_ms', 'gen', 'profile', 'account',
  'index', 'weight', 'pass', 'trips', 'since_ms', 'errors', 'oks', 'errors_in_window', 'consecutive', 'why', 'probe'}

local function key_load(pool, id)
  local names = {unpack(KEY_FIELDS)}
  local redis_key = pool.prefix .. 'key:' .. id
  local key = entity_load(redis_key, id, names)
  if not key.state then return nil end
  key.key_id, key.limits = id, {}
  if key.profile and key.profile ~= '' then
    key.limits = pool_limits(pool, key.profile)
    local more = {}
    limit_fields(key.limits, more)
    if #more > 0 then
      local values = redis.call('HMGET', redis_key, unpack(more))
      for i, name in ipairs(more) do key[name] = values[i] or nil end
    end
  end
  return key
end

local function unit_load(pool, id, group)
  local names = {unpack(UNIT_FIELDS)}
  local implicit = string.sub(id, 1, 4) == 'key:'
  if implicit then
    for _, name in ipairs({'state', 'until_ms', 'gen', 'trips', 'since_ms', 'errors', 'oks', 'errors_in_window',
      'consecutive', 'why', 'probe'}) do
      names[#names + 1] = name
    end
  end
  group = group or redis.call('HGET', pool.prefix .. id, 'group')
  if not group then return nil end
  local limits = pool_limits(pool, group)
  limit_fields(limits, names)
  local unit = entity_load(pool.prefix .. id, id, names)
  if not unit.group then return nil end
  unit.limits, unit.implicit, unit.key_id = limits, implicit, implicit and unit.account or nil
  unit.single = implicit or (unit.key ~= nil and unit.key ~= '')
  for i, limit in ipairs(limits) do
    if limit.mode == 'bucket' and limit.dimension == 'tokens' then unit.indexed = unit.indexed or limit end
  end
  return unit
end

-- The one key of a unit whose account has just one.
local function unit_only_key(pool, unit)
  if unit.implicit then return unit end
  if unit.only_key == nil then unit.only_key = key_load(pool, unit.key) or false end
  return unit.only_key or nil
end

local function unit_keys(pool, unit, kind)
  return pool.prefix .. 'account:' .. unit.account .. ':' .. kind
end

local function later(instant, what, other, other_what)
  if other > instant then return other, other_what end
  return instant, what
end

-- Slots and blocks, which units and keys have alike.
local function slots_gate(pool, owner)
  local instant, what = 0, ''
  local blocked = (tonumber(owner.blocked_until_ms) or 0) * 1000
  if blocked > pool.now then instant, what = blocked, 'block' end
  local slots = tonumber(owner.max_in_flight) or 0
  if slots > 0 and (tonumber(owner.in_flight) or 0) >= slots then return pool.EVENT, 'concurrency' end
  return instant, what
end

local function breaker_gate(pool, key)
  local state = key.state
  if state == 'CLOSED' then return 0, '' end
  if state == 'OPEN' then return tonumber(key.until_ms) * 1000, 'breaker' end
  if state == 'HALF_OPEN' then return pool.EVENT, 'probe' end
  return pool.NEVER, state == 'DRAINING' and 'draining' or 'disabled'
end

-- The gates of a list of limits; 'reference' dimensions count as one unit of cost.
local function limits_gate(pool, owner, limits, instant, what)
  for _, limit in ipairs(limits) do
    if limit ~= owner.indexed then
      instant, what = later(instant, what, limit_earliest(pool, owner, limit, 1, pool.now), limit.dimension)
    end
  end
  return instant, what
end

local function key_gate(pool, key)
  local instant, what = slots_gate(pool, key)
  instant, what = later(instant, what, breaker_gate(pool, key))
  if not key.implicit then instant, what = limits_gate(pool, key, key.limits, instant, what) end
  if instant <= pool.now then return 0, '' end
  return instant, what
end

-- The first key to be open again, of an account with several.
local function account_gate(pool, unit)
  local head = redis.call('ZRANGE', unit_keys(pool, unit, 'ready'), 0, 0)
  if head[1] ~= '-' then return 0, '' end
  local parked = redis.call('ZRANGE', unit_keys(pool, unit, 'parked'), 0, 0, 'WITHSCORES')
  if parked[1] == '-' then return pool.NEVER, 'disabled' end
  return tonumber(parked[2]), 'key'
end

local function unit_gate(pool, unit)
  local instant, what = slots_gate(pool, unit)
  instant, what = limits_gate(pool, unit, unit.limits, instant, what)
  if unit.single then
    local key = unit_only_key(pool, unit)
    if not key then return pool.NEVER, 'disabled' end
    instant, what = later(instant, what, key_gate(pool, key))
  else
    instant, what = later(instant, what, account_gate(pool, unit))
  end
  if instant <= pool.now then return 0, '' end
  return instant, what
end

-- Limits admit at every instant after their earliest, but for fixed windows near their end: so until nothing moves.
local function limits_earliest(pool, owner, tokens, instant, what)
  local moved = true
  for _ = 1, 4 do
    if not moved or instant >= pool.EVENT then break end
    moved = false
    for _, limit in ipairs(owner.limits) do
      local cost = limit_cost(limit, tokens)
      local earliest = limit_earliest(pool, owner, limit, cost, instant)
      if earliest > instant then instant, what, moved = earliest, limit.dimension, true end
    end
  end
  return instant, what
end

local function unit_earliest(pool, unit, tokens)
  local instant, what = slots_gate(pool, unit)
  return limits_earliest(pool, unit, tokens, math.max(instant, pool.now), what)
end

local function key_earliest(pool, key, tokens, time)
  local instant, what = slots_gate(pool, key)
  instant, what = later(instant, what, breaker_gate(pool, key))
  if time > instant then instant, what = time, '' end
  if key.implicit then return instant, what end
  return limits_earliest(pool, key, tokens, instant, what)
end

local SHARE = 50400 -- divisible by 1 to 10: a pass stays exact, and below 2^53 for 10^11 grants of one key

-- Strategies that order by a pass (stride scheduling): an account weighs as much as its usable keys.
local function unit_weight(pool, unit)
  local weight = pool.strategy == 'weighted' and tonumber(unit.weight) or tonumber(unit.keys) or 1
  if unit.single then return weight end
  local usable = redis.call('ZCARD', unit_keys(pool, unit, 'ready')) - 1
  return math.max(1, math.floor(weight * usable / math.max(1, tonumber(unit.keys) or 1)))
end

local function in_flight_score(pool, owner, weight)
  local load = math.min(math.floor((tonumber(owner.in_flight) or 0) * 100 / weight), 1048575)
  return load * 8589934592 + pool.seq % 8589934592
end

local function unit_score(pool, unit)
  local strategy = pool.strategy
  if strategy == 'most-headroom' then
    if unit.indexed then return tonumber(unit[unit.indexed.tat]) or 0 end
    local first = unit.limits[1]
    if first and first.mode == 'bucket' then return tonumber(unit[first.tat]) or 0 end
    return in_flight_score(pool, unit, tonumber(unit.weight) or 1)
  end
  if strategy == 'least-in-flight' then return in_flight_score(pool, unit, tonumber(unit.weight) or 1) end
  return math.max(tonumber(unit.pass) or 0, pool.virtual)
end

local function unit_place(pool, unit)
  local gate, what = unit_gate(pool, unit)
  local group = unit.group
  local ready, parked = pool_index(pool, 'ready', group), pool_index(pool, 'parked', group)
  local tokens = unit.indexed and pool.strategy ~= 'most-headroom' and pool_index(pool, 'tokens', group)
  if gate == 0 then
    if unit.index ~= 'ready' then
      redis.call('ZREM', parked, unit.id)
      entity_set(unit, 'index', 'ready')
      entity_set(unit, 'wait_for', '')
      entity_set(unit, 'wait_until_ms', 0)
    end
    redis.call('ZADD', ready, unit_score(pool, unit), unit.id)
    if tokens then redis.call('ZADD', tokens, tonumber(unit[unit.indexed.tat]) or 0, unit.id) end
    return
  end
  if unit.index ~= 'parked' then
    redis.call('ZREM', ready, unit.id)
    if tokens then redis.call('ZREM', tokens, unit.id) end
    entity_set(unit, 'index', 'parked')
  end
  entity_set(unit, 'wait_for', what)
  entity_set(unit, 'wait_until_ms', gate >= pool.EVENT and 0 or math.ceil(gate / 1000))
  redis.call('ZADD', parked, gate, unit.id)
end

local function key_score(pool, key)
  if pool.strategy == 'least-in-flight' then return in_flight_score(pool, key, tonumber(key.weight) or 1) end
  return tonumber(key.pass) or 0
end

local function key_place(pool, unit, key)
  if unit.single then return end
  local gate = key_gate(pool, key)
  local ready, parked = unit_keys(pool, unit, 'ready'), unit_keys(pool, unit, 'parked')
  if gate == 0 then
    if key.index ~= 'ready' then
      local head = redis.call('ZRANGE', ready, 0, 0, 'WITHSCORES')
      if head[1] ~= '-' then entity_set(key, 'pass', math.max(tonumber(key.pass) or 0, tonumber(head[2]))) end
      redis.call('ZREM', parked, key.id)
      entity_set(key, 'index', 'ready')
    end
    redis.call('ZADD', ready, key_score(pool, key), key.id)
    return
  end
  if key.index ~= 'parked' then
    redis.call('ZREM', ready, key.id)
    entity_set(key, 'index', 'parked')
  end
  redis.call('ZADD', parked, gate, key.id)
end

-- A key serves all classes of its account: what opens or shuts it places their units as well.
local function unit_place_others(pool, unit)
  for class = 1, tonumber(unit.classes) or 1 do
    local id = 'account:' .. unit.account .. '/' .. class
    if unit.classes and tonumber(unit.classes) > 1 and id ~= unit.id then
      local other = unit_load(pool, id)
      if other then
        other.only_key = unit.only_key
        unit_place(pool, other)
        entity_save(other)
      end
    end
  end
end
