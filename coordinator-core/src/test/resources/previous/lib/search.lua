--[[
  The search beyond what most calls need: several groups, accounts with several keys, units that are not among the heads
  of the ready indexes; and what becomes of the best that does not fit now.

  ask is what lib/acquiring makes of a request. The search counts there what it has walked and moved, and keeps, of what
  does not fit now, the best (unit, key, at, what), and cut, the first instant at which a unit that was not looked at
  could fit.

  Search.promote(pool, parked, due, group)           places the units of a parked index whose time has come
  Search.heads(pool, ask) -> list of {id, group}     heads of several groups, in the order of their scores
  Search.preferred(pool, ask) -> found or nil        the first that fits of the units that the caller wants looked at first
  Search.with_key(pool, ask, unit) -> key, instant, what    of an account with its own keys: the one to use, and the first
                                                     instant at which it and the unit admit the request together
  Search.walk_all(pool, ask) -> found or nil         by tokens, then the parked units in the order of their gates
  Search.is_reservable(pool, ask, found) -> whether a lease may be dated to found.at
  Search.is_least_bad(pool, ask) -> whether the best may be sent although its key rests
  Search.budgets_admit(pool, ask) -> whether the budgets admit the call now; else ask.shut says what keeps them
  Search.budgets(pool, ask, unit) -> all budgets that a call of this unit is charged to
  Search.budget_reason(pool, shut) -> reason of a denial by a budget
  Search.hint(pool, best) -> microseconds until the request could succeed, 0 if an operator must act first
  Search.REASONS                                     what keeps a gate shut -> reason of a denial
]]
local Search = {}

Search.LIMITED = {requests = true, tokens = true, input_tokens = true, output_tokens = true, money = true}

Search.REASONS = {requests = 'RATE_LIMITED', tokens = 'RATE_LIMITED', input_tokens = 'RATE_LIMITED',
  output_tokens = 'RATE_LIMITED', money = 'BUDGET', concurrency = 'CONCURRENCY', block = 'BLOCKED',
  breaker = 'UNHEALTHY', probe = 'UNHEALTHY', draining = 'NO_KEY', disabled = 'NO_KEY'}

local WALK = 32

local function touch(pool)
  if not pool.touched then Pool.touch(pool) end
end

local function promote_one(pool, parked, id, group)
  local unit = Unit.load(pool, id, group)
  if unit then
    Unit.place(pool, unit)
    Entity.save(unit)
  else
    redis.call('ZREM', parked, id)
  end
end

function Search.promote(pool, parked, due, group)
  touch(pool)
  for _, id in ipairs(due) do
    local sound, problem = pcall(promote_one, pool, parked, id, group)
    if not sound then Damage.set_aside(pool, id, group, problem) end
  end
end

function Search.preferred(pool, ask)
  for _, unit in ipairs(ask.prefer) do
    for _, group in ipairs(ask.groups) do
      if group == unit.group then
        ask.prefer_key = unit.key
        local found = Acquiring.consider(pool, ask, unit.id, group)
        ask.prefer_key = nil
        if found then return found end
      end
    end
  end
  return nil
end

function Search.heads(pool, ask)
  local list = {}
  for _, group in ipairs(ask.groups) do
    local scored = redis.call('ZRANGE', Pool.index(pool, 'ready', group), 0, 3 + ask.excluded_count, 'WITHSCORES')
    for i = 1, #scored, 2 do list[#list + 1] = {scored[i], group, tonumber(scored[i + 1])} end
  end
  table.sort(list, function(a, b)
    if a[3] ~= b[3] then return a[3] < b[3] end
    return a[1] < b[1]
  end)
  return list
end

local function promote_keys(pool, unit, parked)
  for _, id in ipairs(redis.call('ZRANGE', parked, '-inf', pool.now, 'BYSCORE', 'LIMIT', 0, 8)) do
    touch(pool)
    local key = Key.load(pool, id)
    if key then
      Key.place(pool, unit, key)
      Entity.save(key)
    else
      redis.call('ZREM', parked, id)
    end
  end
end

-- The key that the caller prefers, or the first in the account's order that can be used at that time, one that stands out among
-- its peers only if there is no other; else the one that can first.
local function choose_key(pool, ask, unit, time)
  local ready, parked = Key.index(pool, unit, 'ready'), Key.index(pool, unit, 'parked')
  promote_keys(pool, unit, parked)
  local first, first_at, first_what
  local spare, spare_at, spare_what
  local function look(id, rests)
    if id == '-' or ask.excluded['key ' .. id] then return false end
    local key = Key.load(pool, id)
    if not key or key.account ~= unit.account then return false end
    local at, what = Gate.admits(pool, key, ask.cost, time)
    if not rests and at <= time and (key.degraded_until_ms or 0) > pool.now_ms then
      if not spare then spare, spare_at, spare_what = key, at, what end
      return false
    end
    if not first or at < first_at then first, first_at, first_what = key, at, what end
    return at <= time
  end
  if ask.prefer_key and look(ask.prefer_key) then return first, first_at, first_what end
  local most = WALK - 1 + ask.excluded_count
  for _, id in ipairs(redis.call('ZRANGE', ready, 0, most)) do
    if look(id) then return first, first_at, first_what end
  end
  if spare then return spare, spare_at, spare_what end
  local list = redis.call('ZRANGE', parked, 0, most, 'WITHSCORES')
  for i = 1, #list, 2 do
    if first and tonumber(list[i + 1]) >= first_at then break end
    look(list[i], true)
  end
  return first, first_at, first_what
end

function Search.with_key(pool, ask, unit)
  local at, what = Unit.earliest(pool, unit, ask.cost)
  local key
  for _ = 1, 4 do
    local key_at, key_what
    if unit.single then
      key = Unit.only_key(pool, unit)
      if not key or ask.excluded['key ' .. key.key_id] then return nil end
      key_at, key_what = Gate.admits(pool, key, ask.cost, at)
    else
      key, key_at, key_what = choose_key(pool, ask, unit, at)
      if not key then return nil end
    end
    if key_at <= at or key_at >= pool.EVENT then
      if key_at > at then at, what = key_at, key_what end
      break
    end
    at, what = Unit.admits(pool, unit, ask.cost, key_at, key_what)
  end
  return key, at, what
end

-- Walks an index in ascending order while a unit could still be earlier than the best one. bound(score) is the first
-- instant at which a unit of that score could fit; hint(score), if there is one, what to tell of those not looked at. Units
-- that are moved out of the index meanwhile make the next ones
-- move up.
local function walk(pool, ask, index, group, bound, hint)
  local from, step = 0, 8
  while true do
    local moved_before = ask.moved
    local list = redis.call('ZRANGE', index, from, from + step - 1, 'WITHSCORES')
    for i = 1, #list, 2 do
      local earliest = list[i] == '-' and pool.NEVER or bound(tonumber(list[i + 1]))
      if list[i] == '-' or (ask.best and earliest >= ask.best.at) then return nil end
      if ask.walked >= WALK + ask.excluded_count then
        if hint then earliest = hint(tonumber(list[i + 1])) end
        ask.cut = math.min(ask.cut or pool.NEVER, earliest)
        return nil
      end
      local found = Acquiring.consider(pool, ask, list[i], group)
      if found then return found end
    end
    if #list < 2 * step then return nil end
    from = from + step - (ask.moved - moved_before)
  end
end

local function by_tokens(pool, ask, group)
  local indexed = Pool.limits(pool, group).indexed
  local kind = indexed and pool.strategy ~= 'most-headroom' and 'tokens' or 'ready'
  local needed = indexed and Limit.increment(indexed, ask.cost[indexed.dimension])
  if needed and pool.keep and needed > 0 then needed = needed + math.max(0, Limit.kept(pool, indexed, needed)) end
  -- The index does not know what of other limits is to be left: those not looked at are taken to be no better than the best.
  local function at_best() return ask.best and ask.best.at or pool.now end
  return walk(pool, ask, Pool.index(pool, kind, group), group, function(tat)
    if not indexed then return pool.now end
    return math.max(pool.now, (tat + needed - indexed.tolerance) * indexed.unit)
  end, pool.keep and at_best)
end

function Search.walk_all(pool, ask)
  for _, group in ipairs(ask.groups) do
    local found = by_tokens(pool, ask, group)
    if found then return found end
  end
  if ask.spare then return nil end
  local function gate_opens(gate) return math.max(gate, pool.now) end
  -- What has no money left may be parked, and yet serve a call that costs none.
  local free = ask.cost.money == 0 and redis.call('HGET', pool.meta_key, 'prices') ~= '-'
  local function at_once() return pool.now end
  for _, group in ipairs(ask.groups) do
    local parked = Pool.index(pool, 'parked', group)
    local found = walk(pool, ask, parked, group, free and at_once or gate_opens, free and gate_opens)
    if found then return found end
  end
  return nil
end

-- Fixed windows know this window and the next one; no reservation reaches further, nor the end of the next one.
local function within_windows(pool, owner, at)
  for _, limit in ipairs(owner.limits) do
    if limit.window then
      local start = math.floor(at / limit.unit)
      local index = Calendar.index(limit.mode, start, limit.period)
      local ahead = index - Calendar.index(limit.mode, math.floor(pool.now / limit.unit), limit.period)
      if ahead > 1 or (ahead == 1 and Fixed.straddles(limit, index, start)) then return false end
    end
  end
  return true
end

function Search.budgets(pool, ask, unit)
  local overall = Unit.overall(pool, unit)
  if not overall then return ask.budgets end
  return {overall, unpack(ask.budgets)}
end

function Search.budgets_admit(pool, ask)
  ask.budgets = Budget.load_all(pool, ask.words[12])
  for _, budget in ipairs(ask.budgets) do
    local at, what = Gate.admits(pool, budget, ask.cost, pool.now)
    if at > pool.now and (not ask.shut or at > ask.shut.at) then ask.shut = {at = at, what = what, id = budget.id} end
  end
  return not ask.shut
end

function Search.budget_reason(pool, shut)
  if shut.at >= pool.NEVER then return 'IMPOSSIBLE' end
  return shut.what == 'concurrency' and 'CONCURRENCY' or 'BUDGET'
end

function Search.is_reservable(pool, ask, found)
  local at = found.at
  -- Where something is kept for others, what is charged ahead would take it from them.
  if pool.keep or at > pool.now + ask.max_wait or found.key.state ~= 'CLOSED' then return false end
  for _, budget in ipairs(Search.budgets(pool, ask, found.unit)) do
    if Gate.admits(pool, budget, ask.cost, at) > at or not within_windows(pool, budget, at) then return false end
  end
  return within_windows(pool, found.unit, at) and within_windows(pool, found.key, at)
end

local function fits_but_for_breaker(pool, owner, cost)
  local state = owner.state
  owner.state = nil
  local at = Unit.earliest(pool, owner, cost)
  owner.state = state
  return at <= pool.now
end

-- When every key rests, one call in the cluster may be sent all the same.
function Search.is_least_bad(pool, ask)
  local best = ask.best
  if best.what ~= 'breaker' or best.key.state ~= 'OPEN' then return false end
  local meta = redis.call('HMGET', pool.meta_key, 'unhealthy', 'least_bad')
  local unhealthy, under_way = meta[1], meta[2]
  if unhealthy ~= 'least-bad' then return false end
  if under_way and redis.call('ZSCORE', pool.prefix .. 'leases', under_way) then return false end
  return fits_but_for_breaker(pool, best.unit, ask.cost) and fits_but_for_breaker(pool, best.key, ask.cost)
end

-- Nobody knows when an event comes: at the latest when the next lease expires.
function Search.hint(pool, best)
  if best.at >= pool.NEVER then return 0 end
  if best.at < pool.EVENT then return best.at - pool.now end
  local first = redis.call('ZRANGE', pool.prefix .. 'leases', 0, 0, 'WITHSCORES')
  if first[1] == '-' then return 1000000 end
  return math.max(1000, math.min(1000000, tonumber(first[2]) * 1000 - pool.now))
end
