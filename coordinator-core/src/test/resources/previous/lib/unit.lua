--[[
  Units: what the indexes hold, the limits of an account for one class of models. Where an account has one key and one
  class of its own ("implicit") its unit and its key are the same hash.

  A unit whose gates are open is in the ready index of its group, in the order of the pool's strategy; any other is in
  the parked one with the instant at which they open.

  Unit.load(pool, id, group, also) -> unit, or nil    limits and state; also: names of further numbers that
                                                    are loaded of an implicit one, or nil
  Unit.earliest(pool, unit, cost) -> instant, what      of its own slots, block and limits, the breaker of an implicit
                                                    one, and what its account has overall; not before now
  Unit.admits(pool, unit, cost, instant, what) -> instant, what    the first instant not before that one at which its limits and
                                                    those that its account has overall admit a call of that cost
  Unit.overall(pool, unit) -> budget, or nil        what its account has overall, where it has several classes
  Unit.gate(pool, unit) -> instant, what            when its gates, its account's and that of its key open, 0 if they are
  Unit.place(pool, unit)                            moves it between the indexes of its group, as its gates say
  Unit.only_key(pool, unit) -> key, or nil          of a unit whose account has just one
  Unit.count_pass(pool, unit, key)                  counts a grant, for the strategies that take turns
  Unit.place_others(pool, unit, change)             places the other classes of its account; change(other) first, or nil;
                                                    one that is damaged is set aside, for the caller has written already
  Unit.others(pool, unit) -> ids of the other classes of its account
  Unit.of_key(pool, key_id) -> unit, key            a unit that the key serves, and the key; nil if there is no such key
]]
local Unit = {}

-- The names of the fields that a unit of this group has, those of texts first.
function Unit.fields(pool, limits, implicit, also)
  local names
  if implicit then
    names = {'group', 'index', 'state', 'pace', 'in_flight', 'max_in_flight', 'blocked_until_ms', 'gen', 'degraded_until_ms',
      unpack(limits.fields)}
  else
    names = {'group', 'index', 'key', 'pace', 'in_flight', 'max_in_flight', 'blocked_until_ms', 'classes', 'has_overall',
      unpack(limits.fields)}
  end
  if pool.strategy ~= 'most-headroom' then
    local n = #names
    names[n + 1], names[n + 2], names[n + 3] = 'weight', 'pass', 'keys'
  end
  if implicit and also then
    for _, name in ipairs(also) do names[#names + 1] = name end
  end
  return names
end

function Unit.load(pool, id, group, also)
  local limits, implicit = Pool.limits(pool, group), string.sub(id, 1, 4) == 'key:'
  local unit = Entity.load(pool.prefix .. id, id, Unit.fields(pool, limits, implicit, also), 4)
  if not unit.group then return nil end
  unit.limits, unit.indexed = limits, limits.indexed
  if implicit then
    unit.account = string.sub(id, 5)
    unit.key_id, unit.implicit, unit.single = unit.account, true, true
    if unit.state ~= 'CLOSED' then Entity.load_more(unit, {'until_ms'}, 0) end
  else
    unit.account = string.match(id, '^account:([^/]*)')
    unit.single = unit.key ~= nil and unit.key ~= ''
  end
  return unit
end

function Unit.earliest(pool, unit, cost)
  local instant, what = ((pool.held or pool.keep) and Gate.free or Gate.own)(pool, unit)
  instant = math.max(instant, pool.now)
  if unit.has_overall ~= 1 then return Gate.earliest(pool, unit, cost, instant, what) end
  return Unit.admits(pool, unit, cost, instant, what)
end

function Unit.gate(pool, unit)
  local instant, what = Gate.own(pool, unit)
  instant, what = Gate.limits(pool, unit, instant, what)
  if not unit.implicit then instant, what = Unit.keys_gate(pool, unit, instant, what) end
  if unit.has_overall == 1 then instant, what = Unit.overall_gate(pool, unit, instant, what) end
  if instant <= pool.now then return 0, '' end
  return instant, what
end

function Unit.place(pool, unit)
  local gate, what = Unit.gate(pool, unit)
  local ready = Pool.index(pool, 'ready', unit.group)
  if gate == 0 and unit.index == 'ready' and pool.strategy == 'most-headroom' and unit.indexed then
    redis.call('ZADD', ready, unit[unit.indexed.tat] or 0, unit.id)
  else
    Unit.move(pool, unit, gate, what, ready)
  end
end

--- @lazily

function Unit.only_key(pool, unit)
  if unit.implicit then return unit end
  if unit.own_key == nil then unit.own_key = Key.load(pool, unit.key) or false end
  return unit.own_key or nil
end

function Unit.overall(pool, unit)
  if unit.has_overall ~= 1 then return nil end
  if unit.shared == nil then
    unit.shared = Budget.load(pool, 'account:' .. unit.account .. '/overall') or false
  end
  return unit.shared or nil
end

function Unit.overall_gate(pool, unit, instant, what)
  local budget = Unit.overall(pool, unit)
  if not budget then return instant, what end
  local gate, why = Gate.whole(pool, budget)
  if gate > instant then return gate, why end
  return instant, what
end

function Unit.admits(pool, unit, cost, instant, what)
  local budget = Unit.overall(pool, unit)
  for _ = 1, 4 do
    instant, what = Gate.earliest(pool, unit, cost, instant, what)
    if not budget then break end
    local at, why = Gate.admits(pool, budget, cost, instant)
    if at <= instant then break end
    instant, what = at, why
    if at >= pool.EVENT then break end
  end
  return instant, what
end

-- The gate of the account's one key, or of the first of several to be open again.
function Unit.keys_gate(pool, unit, instant, what)
  local gate, why = 0, ''
  if unit.single then
    local key = Unit.only_key(pool, unit)
    if not key then return pool.NEVER, 'disabled' end
    gate, why = Gate.whole(pool, key)
  elseif redis.call('ZRANGE', Key.index(pool, unit, 'ready'), 0, 0)[1] == '-' then
    local parked = redis.call('ZRANGE', Key.index(pool, unit, 'parked'), 0, 0, 'WITHSCORES')
    gate, why = pool.NEVER, 'disabled'
    if parked[1] ~= '-' then gate, why = tonumber(parked[2]), 'key' end
  end
  if gate > instant then return gate, why end
  return instant, what
end

-- An account weighs as much as its usable keys.
function Unit.weight(pool, unit)
  local weight = pool.strategy == 'weighted' and unit.weight or unit.keys or 1
  if unit.single then return weight end
  local usable = redis.call('ZCARD', Key.index(pool, unit, 'ready')) - 1
  return math.max(1, math.floor(weight * usable / math.max(1, unit.keys or 1)))
end

function Unit.score(pool, unit)
  local strategy = pool.strategy
  if strategy == 'most-headroom' then
    local bucket = unit.indexed or unit.limits[1]
    if bucket and bucket.mode == 'bucket' then return unit[bucket.tat] or 0 end
  elseif strategy ~= 'least-in-flight' then
    return math.max(unit.pass or 0, Pool.pass(pool))
  end
  local load = math.min(math.floor((unit.in_flight or 0) * 100 / (unit.weight or 1)), 1048575)
  return load * 8589934592 + pool.seq % 8589934592
end

function Unit.move(pool, unit, gate, what, ready)
  local parked = Pool.index(pool, 'parked', unit.group)
  local tokens = unit.indexed and pool.strategy ~= 'most-headroom' and Pool.index(pool, 'tokens', unit.group)
  if gate == 0 then
    if unit.index ~= 'ready' then
      redis.call('ZREM', parked, unit.id)
      Entity.set(unit, 'index', 'ready')
      Entity.set(unit, 'wait_for', '')
      Entity.set(unit, 'wait_until_ms', 0)
      if pool.opened then pool.opened[unit.id] = unit end
    end
    redis.call('ZADD', ready, Unit.score(pool, unit), unit.id)
    if tokens then redis.call('ZADD', tokens, unit[unit.indexed.tat] or 0, unit.id) end
    return
  end
  if unit.index ~= 'parked' then
    redis.call('ZREM', ready, unit.id)
    if tokens then redis.call('ZREM', tokens, unit.id) end
    Entity.set(unit, 'index', 'parked')
    if pool.opened then pool.opened[unit.id] = nil end
  end
  Entity.set(unit, 'wait_for', what)
  Entity.set(unit, 'wait_until_ms', gate >= pool.EVENT and 0 or math.ceil(gate / 1000))
  redis.call('ZADD', parked, gate, unit.id)
end

-- Stride scheduling: each grant moves the unit, and its key within the account, on by a share of its weight.
function Unit.count_pass(pool, unit, key)
  local share = 50400 -- divisible by 1 to 10: a pass stays exact, and below 2^53 for 10^11 grants of one key
  if pool.strategy == 'round-robin' or pool.strategy == 'weighted' then
    local pass = math.max(unit.pass or 0, Pool.pass(pool))
    Pool.set_pass(pool, pass)
    Entity.set(unit, 'pass', pass + math.floor(share / Unit.weight(pool, unit)))
  end
  if not unit.single then
    local weight = pool.strategy == 'weighted' and key.weight or 1
    Entity.set(key, 'pass', (key.pass or 0) + math.floor(share / weight))
  end
end

-- A key serves all classes of its account: what opens or shuts it places their units as well.
function Unit.place_others(pool, unit, change)
  local function place(id, group)
    local other = Unit.load(pool, id, group)
    other.own_key, other.shared = unit.own_key, unit.shared
    if change then change(other) end
    Unit.place(pool, other)
    Entity.save(other)
  end
  for _, id in ipairs(Unit.others(pool, unit)) do
    local group = redis.call('HGET', pool.prefix .. id, 'group')
    if group then
      local sound, problem = pcall(place, id, group)
      if not sound then Damage.set_aside(pool, id, group, problem) end
    end
  end
end

function Unit.others(pool, unit)
  local ids = {}
  if unit.implicit then return ids end
  for class = 1, unit.classes or 1 do
    local id = 'account:' .. unit.account .. '/' .. class
    if id ~= unit.id then ids[#ids + 1] = id end
  end
  return ids
end

function Unit.of_key(pool, key_id)
  local head = redis.call('HMGET', pool.prefix .. 'key:' .. key_id, 'state', 'group', 'account')
  if not head[1] then return nil, nil end
  if head[2] then
    local unit = Unit.load(pool, 'key:' .. key_id, head[2])
    return unit, unit
  end
  for _, id in ipairs({'account:' .. head[3], 'account:' .. head[3] .. '/1'}) do
    local group = redis.call('HGET', pool.prefix .. id, 'group')
    if group then
      local unit, key = Unit.load(pool, id, group), Key.load(pool, key_id)
      if unit.key == key_id then unit.own_key = key end
      return unit, key
    end
  end
  return nil, nil
end
