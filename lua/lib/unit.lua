--[[
  Units and keys. A unit is what the indexes hold: the limits of an account for one class of models. A key is what is
  handed out. Where an account has one key and one class of its own ("implicit") both are the same hash.

  Gates are what does not depend on a request's size: limits of requests, slots, blocks, breakers. A unit whose gates
  are open is in the ready index of its group, any other in the parked one with the instant at which they open: EVENT
  if something must happen first, NEVER if an operator must act. The keys of an account with several are kept likewise.

  Unit.load(pool, id) -> unit, or nil               limits, state and, of an account with one key, that key
  Unit.gate(pool, unit) -> instant, what            when its gates open, 0 if they are, and what keeps them shut
  Unit.earliest(pool, unit, tokens, time) -> instant, what    of the unit's own slots, blocks and limits, or a key's
  Unit.count_pass(pool, unit, key)                  counts a grant, for the strategies that take turns
  Unit.place(pool, unit)                            moves it between the indexes of its group, as its gates say
  Unit.place_others(pool, unit)                     the same for the other classes of its account
  Key.load(pool, id) -> key, or nil
  Key.earliest(pool, key, tokens, time) -> instant, what
  Key.place(pool, unit, key)                        moves it between the indexes of its account
  Unit.keys(pool, unit, kind) -> name of the ready or parked index of its account's keys
]]
local Unit, Key = {}, {}

local UNIT_TEXTS = {'index', 'group', 'account', 'key'}
local KEY_TEXTS = {'index', 'state', 'account', 'profile'}
local KEY_NUMBERS = {'in_flight', 'max_in_flight', 'blocked_until_ms', 'until_ms', 'gen', 'errors_in_window', 'weight',
  'pass'}

local SHARE = 50400 -- divisible by 1 to 10: a pass stays exact, and below 2^53 for 10^11 grants of one key

local function append(list, more)
  for _, item in ipairs(more) do list[#list + 1] = item end
end

function Key.load(pool, id)
  local redis_key = pool.prefix .. 'key:' .. id
  local key = Entity.load(redis_key, id, KEY_TEXTS, KEY_NUMBERS)
  if not key.state then return nil end
  key.key_id, key.limits = id, {}
  if key.profile and key.profile ~= '' then
    key.limits = Pool.limits(pool, key.profile)
    local more = {}
    Limit.fields(key.limits, more)
    Entity.load_more(key, {}, more)
  end
  return key
end

function Unit.load(pool, id, group)
  group = group or redis.call('HGET', pool.prefix .. id, 'group')
  if not group then return nil end
  local numbers = {'in_flight', 'max_in_flight', 'blocked_until_ms', 'classes'}
  local implicit = string.sub(id, 1, 4) == 'key:'
  if implicit then append(numbers, {'until_ms', 'gen', 'errors_in_window'}) end
  if pool.strategy ~= 'most-headroom' then append(numbers, {'weight', 'pass', 'keys'}) end
  local limits = Pool.limits(pool, group)
  Limit.fields(limits, numbers)
  local unit = Entity.load(pool.prefix .. id, id, implicit and {'index', 'group', 'account', 'key', 'state'} or UNIT_TEXTS,
    numbers)
  if not unit.group then return nil end
  unit.limits, unit.implicit, unit.key_id = limits, implicit, implicit and unit.account or nil
  unit.single = implicit or (unit.key ~= nil and unit.key ~= '')
  unit.indexed = Limit.indexed(limits)
  return unit
end

-- The one key of a unit whose account has just one.
function Unit.only_key(pool, unit)
  if unit.implicit then return unit end
  if unit.own_key == nil then unit.own_key = Key.load(pool, unit.key) or false end
  return unit.own_key or nil
end

function Unit.keys(pool, unit, kind)
  return pool.prefix .. 'account:' .. unit.account .. ':' .. kind
end

function Unit.later(instant, what, other, other_what)
  if other > instant then return other, other_what end
  return instant, what
end

-- Slots and blocks, which units and keys have alike.
function Unit.slots_gate(pool, owner)
  local instant, what = 0, ''
  local blocked = (owner.blocked_until_ms or 0) * 1000
  if blocked > pool.now then instant, what = blocked, 'block' end
  local slots = owner.max_in_flight or 0
  if slots > 0 and (owner.in_flight or 0) >= slots then return pool.EVENT, 'concurrency' end
  return instant, what
end

function Unit.breaker_gate(pool, key)
  local state = key.state
  if state == 'CLOSED' then return 0, '' end
  if state == 'OPEN' then return key.until_ms * 1000, 'breaker' end
  if state == 'HALF_OPEN' then return pool.EVENT, 'probe' end
  return pool.NEVER, state == 'DRAINING' and 'draining' or 'disabled'
end

-- The gates of a list of limits; 'reference' dimensions count as one unit of cost.
function Unit.limits_gate(pool, owner, limits, instant, what)
  for _, limit in ipairs(limits) do
    if limit ~= owner.indexed then
      instant, what = Unit.later(instant, what, Limit.earliest(pool, owner, limit, 1, pool.now), limit.dimension)
    end
  end
  return instant, what
end

function Key.gate(pool, key)
  local instant, what = Unit.slots_gate(pool, key)
  instant, what = Unit.later(instant, what, Unit.breaker_gate(pool, key))
  if not key.implicit then instant, what = Unit.limits_gate(pool, key, key.limits, instant, what) end
  if instant <= pool.now then return 0, '' end
  return instant, what
end

-- The first key to be open again, of an account with several.
function Unit.account_gate(pool, unit)
  local head = redis.call('ZRANGE', Unit.keys(pool, unit, 'ready'), 0, 0)
  if head[1] ~= '-' then return 0, '' end
  local parked = redis.call('ZRANGE', Unit.keys(pool, unit, 'parked'), 0, 0, 'WITHSCORES')
  if parked[1] == '-' then return pool.NEVER, 'disabled' end
  return tonumber(parked[2]), 'key'
end

function Unit.gate(pool, unit)
  local instant, what = Unit.slots_gate(pool, unit)
  instant, what = Unit.limits_gate(pool, unit, unit.limits, instant, what)
  if unit.single then
    local key = Unit.only_key(pool, unit)
    if not key then return pool.NEVER, 'disabled' end
    instant, what = Unit.later(instant, what, Key.gate(pool, key))
  else
    instant, what = Unit.later(instant, what, Unit.account_gate(pool, unit))
  end
  if instant <= pool.now then return 0, '' end
  return instant, what
end

-- Limits admit at every instant after their earliest, but for fixed windows near their end: so until nothing moves.
function Unit.limits_earliest(pool, owner, tokens, instant, what)
  local moved = true
  for _ = 1, 4 do
    if not moved or instant >= pool.EVENT then break end
    moved = false
    for _, limit in ipairs(owner.limits) do
      local cost = Limit.cost(limit, tokens)
      local earliest = Limit.earliest(pool, owner, limit, cost, instant)
      if earliest > instant then instant, what, moved = earliest, limit.dimension, true end
    end
  end
  return instant, what
end

function Unit.earliest(pool, unit, tokens)
  local instant, what = Unit.slots_gate(pool, unit)
  return Unit.limits_earliest(pool, unit, tokens, math.max(instant, pool.now), what)
end

function Key.earliest(pool, key, tokens, time)
  local instant, what = Unit.slots_gate(pool, key)
  instant, what = Unit.later(instant, what, Unit.breaker_gate(pool, key))
  if time > instant then instant, what = time, '' end
  if key.implicit then return instant, what end
  return Unit.limits_earliest(pool, key, tokens, instant, what)
end

-- Strategies that order by a pass (stride scheduling): an account weighs as much as its usable keys.
function Unit.weight(pool, unit)
  local weight = pool.strategy == 'weighted' and unit.weight or unit.keys or 1
  if unit.single then return weight end
  local usable = redis.call('ZCARD', Unit.keys(pool, unit, 'ready')) - 1
  return math.max(1, math.floor(weight * usable / math.max(1, unit.keys or 1)))
end

function Unit.in_flight_score(pool, owner, weight)
  local load = math.min(math.floor((owner.in_flight or 0) * 100 / weight), 1048575)
  return load * 8589934592 + pool.seq % 8589934592
end

function Unit.score(pool, unit)
  local strategy = pool.strategy
  if strategy == 'most-headroom' then
    if unit.indexed then return unit[unit.indexed.tat] or 0 end
    local first = unit.limits[1]
    if first and first.mode == 'bucket' then return unit[first.tat] or 0 end
    return Unit.in_flight_score(pool, unit, unit.weight or 1)
  end
  if strategy == 'least-in-flight' then return Unit.in_flight_score(pool, unit, unit.weight or 1) end
  return math.max(unit.pass or 0, pool.virtual)
end

function Unit.place(pool, unit)
  local gate, what = Unit.gate(pool, unit)
  local group = unit.group
  local ready, parked = Pool.index(pool, 'ready', group), Pool.index(pool, 'parked', group)
  local tokens = unit.indexed and pool.strategy ~= 'most-headroom' and Pool.index(pool, 'tokens', group)
  if gate == 0 then
    if unit.index ~= 'ready' then
      redis.call('ZREM', parked, unit.id)
      Entity.set(unit, 'index', 'ready')
      Entity.set(unit, 'wait_for', '')
      Entity.set(unit, 'wait_until_ms', 0)
    end
    redis.call('ZADD', ready, string.format('%d', Unit.score(pool, unit)), unit.id)
    if tokens then redis.call('ZADD', tokens, unit[unit.indexed.tat] or 0, unit.id) end
    return
  end
  if unit.index ~= 'parked' then
    redis.call('ZREM', ready, unit.id)
    if tokens then redis.call('ZREM', tokens, unit.id) end
    Entity.set(unit, 'index', 'parked')
  end
  Entity.set(unit, 'wait_for', what)
  Entity.set(unit, 'wait_until_ms', gate >= pool.EVENT and 0 or math.ceil(gate / 1000))
  redis.call('ZADD', parked, string.format('%d', gate), unit.id)
end

-- Stride scheduling: each grant moves the unit, and its key within the account, on by a share of its weight.
function Unit.count_pass(pool, unit, key)
  if pool.strategy == 'round-robin' or pool.strategy == 'weighted' then
    local pass = math.max(unit.pass or 0, pool.virtual)
    pool.virtual = pass
    Entity.set(unit, 'pass', pass + math.floor(SHARE / Unit.weight(pool, unit)))
  end
  if not unit.single then
    local weight = pool.strategy == 'weighted' and key.weight or 1
    Entity.set(key, 'pass', (key.pass or 0) + math.floor(SHARE / weight))
  end
end

function Key.score(pool, key)
  if pool.strategy == 'least-in-flight' then return Unit.in_flight_score(pool, key, key.weight or 1) end
  return key.pass or 0
end

function Key.place(pool, unit, key)
  if unit.single then return end
  local gate = Key.gate(pool, key)
  local ready, parked = Unit.keys(pool, unit, 'ready'), Unit.keys(pool, unit, 'parked')
  if gate == 0 then
    if key.index ~= 'ready' then
      local head = redis.call('ZRANGE', ready, 0, 0, 'WITHSCORES')
      if head[1] ~= '-' then Entity.set(key, 'pass', math.max(key.pass or 0, tonumber(head[2]))) end
      redis.call('ZREM', parked, key.id)
      Entity.set(key, 'index', 'ready')
    end
    redis.call('ZADD', ready, Key.score(pool, key), key.id)
    return
  end
  if key.index ~= 'parked' then
    redis.call('ZREM', ready, key.id)
    Entity.set(key, 'index', 'parked')
  end
  redis.call('ZADD', parked, gate, key.id)
end

-- A key serves all classes of its account: what opens or shuts it places their units as well.
function Unit.place_others(pool, unit)
  for class = 1, unit.classes or 1 do
    local id = 'account:' .. unit.account .. '/' .. class
    if unit.classes and unit.classes > 1 and id ~= unit.id then
      local other = Unit.load(pool, id)
      if other then
        other.own_key = unit.own_key
        Unit.place(pool, other)
        Entity.save(other)
      end
    end
  end
end
