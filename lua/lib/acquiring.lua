--[[
  One acquire, as acquire.lua and its place in a batch have it: their headers are its contract.

  ask holds what is asked for: words (as they came), lease_id, ttl_ms, cost, max_wait, excluded, excluded_count, and the
  groups that could ever admit it; and what the search has found so far: budgets, shut, best, spare (that fits, but stands out among its peers), cut, seen, walked, moved.

  Acquiring.read(words) -> ask              lease_id, worker, sent_us, ttl_ms, input, output, money, max_wait_us, groups,
                                            no_keys, no_accounts, budgets, prefer, endpoint, ticket, room, next and priority;
                                            an error that starts with BADARG if one of them is none
  Acquiring.WORDS                           how many those are
  Acquiring.run(pool, ask) -> reply         decides, then writes
  Acquiring.consider(pool, ask, id, group) -> found, or nil     a unit that has not been looked at, if it fits now
]]
local Acquiring = {}

Acquiring.WORDS = 18

function Acquiring.read(words)
  local ttl_ms, max_wait = tonumber(words[4]), tonumber(words[8])
  local input, output, money = tonumber(words[5]), tonumber(words[6]), tonumber(words[7])
  if not string.find(table.concat(words, ' ', 1, 9), '^%w[%w._-]* %w[%w._-]* %d* %d+ %d+ %d+ %d+ %d+ [%d,]+$')
    or ttl_ms < 1 or ttl_ms > 3600000 or input > 1000000000 or output > 1000000000 or money > 1000000000000
    or max_wait > 86400000000 then
    Args.word('lease_id', words[1], '%w[%w._-]*')
    Args.word('worker', words[2], '%w[%w._-]*')
    Args.word('sent_us', words[3], '%d*')
    Args.integer('ttl_ms', words[4], 1, 3600000)
    Args.integer('input', words[5], 0, 1000000000)
    Args.integer('output', words[6], 0, 1000000000)
    Args.integer('money', words[7], 0, 1000000000000)
    Args.integer('max_wait_us', words[8], 0, 86400000000)
    Args.word('groups', words[9], '[%d,]+')
  end
  if words[12] ~= '' then Args.word('budgets', words[12], '[%w._:/,-]+') end
  if #words[14] > 128 or string.find(words[14], '[%c%s]') then
    Args.bad('endpoint', words[14], 'at most 128 characters without blanks')
  end
  local ticket, room, next_ticket = words[15], words[16], words[17]
  if ticket ~= '' or room ~= '' or next_ticket ~= '' then
    Args.word('ticket', ticket, '%d*')
    Args.word('next', next_ticket, '%d*')
    Args.word('room', room, '%w*')
    if #room > 32 then Args.bad('room', room, 'at most 32 characters') end
  end
  local priority = words[18]
  if priority ~= 'normal' and not Priority.known(priority) then
    Args.bad('priority', priority, 'interactive, normal or batch')
  end
  return {words = words, lease_id = words[1], ttl_ms = ttl_ms, cost = Limit.cost(input, output, money), max_wait = max_wait,
    groups = {}, excluded = {}, excluded_count = 0, budgets = {}, shut = nil, walked = 0, moved = 0, seen = {}, best = nil, spare = nil,
    cut = nil, prefer = words[13] ~= '' and Args.units('prefer', words[13], 3), prefer_key = nil, outage = nil,
    ticket = ticket, room = room, next = next_ticket, priority = priority, keep = nil, later = 0}
end

local function exclude(ask, kind, list)
  for id in string.gmatch(list, '[^,]+') do
    ask.excluded[kind .. id] = true
    ask.excluded_count = ask.excluded_count + 1
  end
end

-- Whether the unit fits now; if not, it is remembered when it is the first to fit.
local function examine(pool, ask, id, group)
  local unit = Unit.load(pool, id, group)
  if not unit or ask.excluded['account ' .. unit.account] then return nil end
  if unit.group ~= group then
    -- Its limits have changed since the caller was told its group.
    ask.seen[id] = nil
    return nil
  end
  ask.walked = ask.walked + 1
  local key, at, what = unit, 0, ''
  if not unit.implicit then
    key, at, what = Search.with_key(pool, ask, unit)
    if not key then return nil end
  elseif ask.excluded['key ' .. unit.key_id] then
    return nil
  else
    at, what = Unit.earliest(pool, unit, ask.cost)
  end
  local found = {unit = unit, key = key, at = at, what = what}
  if at <= pool.now then
    if (key.degraded_until_ms or 0) <= pool.now_ms then return found end
    ask.spare = ask.spare or found
    return nil
  end
  if not ask.best or at < ask.best.at then ask.best = found end
  -- Met in the ready index although its gates are shut: another class of its account, or a key, has shut them.
  if unit.index == 'ready' and Unit.gate(pool, unit) > 0 then
    if not pool.touched then Pool.touch(pool) end
    Unit.place(pool, unit)
    Entity.save(unit)
    ask.moved = ask.moved + 1
  end
  return nil
end

function Acquiring.consider(pool, ask, id, group)
  if id == '-' or ask.seen[id] then return nil end
  ask.seen[id] = true
  local sound, found = pcall(examine, pool, ask, id, group)
  if sound then return found end
  Damage.set_aside(pool, id, group, found)
  ask.moved = ask.moved + 1
  return nil
end

-- First what has come back into service, then what the caller prefers, the heads of the ready indexes in the order of the strategy, then the rest;
-- nothing if a budget is used up.
local function search(pool, ask)
  if ask.words[12] ~= '' and not Search.budgets_admit(pool, ask) then return nil end
  for _, group in ipairs(ask.groups) do
    if not pool.done or not pool.done[group] then
      local parked = Pool.index(pool, 'parked', group)
      local due = redis.call('ZRANGE', parked, '-inf', pool.now, 'BYSCORE', 'LIMIT', 0, 8)
      if #due > 0 then Search.promote(pool, parked, due, group) end
      -- In a batch, whose instant is the same for all, nothing more comes back once nothing is left.
      if pool.done and #due < 8 then pool.done[group] = true end
    end
  end
  if ask.prefer then
    local found = Search.preferred(pool, ask)
    if found then return found end
  end
  if #ask.groups == 1 then
    local group = ask.groups[1]
    for _, id in ipairs(redis.call('ZRANGE', Pool.index(pool, 'ready', group), 0, 3 + ask.excluded_count)) do
      local found = Acquiring.consider(pool, ask, id, group)
      if found then return found end
    end
  else
    for _, head in ipairs(Search.heads(pool, ask)) do
      local found = Acquiring.consider(pool, ask, head[1], head[2])
      if found then return found end
    end
  end
  return Search.walk_all(pool, ask)
end

-- Without what is held for those who wait longer, and what is kept for more important calls.
local function look(pool, ask)
  pool.held = pool.waiting > 0 and Waiting.holds(pool, ask) or nil
  pool.keep = ask.keep
  return search(pool, ask) or ask.spare
end

-- Reserves on all limits of an owner; the stamps are what a refund will need.
local function charge(pool, owner, cost, start)
  local stamps = ''
  Entity.set(owner, 'in_flight', (owner.in_flight or 0) + 1)
  for _, limit in ipairs(owner.limits) do
    local pace = owner.pace and Learning.pace(pool, owner, limit)
    local stamp = Limit.charge(pool, owner, limit, cost[limit.dimension], start, pool.now, pace)
    stamps = stamps .. (stamps == '' and '' or ',') .. string.format('%d', stamp)
    Entity.set(owner, limit.left, Limit.left(pool, owner, limit, pool.now))
  end
  Entity.set(owner, 'as_of_ms', pool.now_ms)
  return stamps
end

local function grant(pool, ask, found, start)
  local unit, key, lease_id, cost, words = found.unit, found.key, ask.lease_id, ask.cost, ask.words
  local expires_ms, probe = math.ceil(start / 1000) + ask.ttl_ms, key.state == 'OPEN'
  pool.seq = pool.seq + 1
  local paces = unit.pace and Learning.paces(pool, unit) or ''
  if not unit.single or pool.strategy ~= 'most-headroom' then Unit.count_pass(pool, unit, key) end
  Pool.touch(pool)
  local stamps, budgets = charge(pool, unit, cost, start), ''
  if key ~= unit then stamps = stamps .. ';' .. charge(pool, key, cost, start) end
  if unit.has_overall == 1 or words[12] ~= '' then
    for _, budget in ipairs(Search.budgets(pool, ask, unit)) do
      stamps = stamps .. ';' .. charge(pool, budget, cost, start)
      budgets = budgets .. (budgets == '' and '' or ',') .. budget.id
      Entity.save(budget)
    end
  end
  if probe then
    Breaker.probe(key, lease_id)
    Pool.log(pool, key.key_id, 'HALF_OPEN', 'probe', expires_ms)
  end
  if ask.outage then Outage.probe(pool, words[14], ask.outage, lease_id) end
  if key ~= unit then
    Key.place(pool, unit, key)
    Entity.save(key)
  end
  Unit.place(pool, unit)
  Entity.save(unit)
  if pool.rings_changed then Pool.write_rings(pool) end
  if ask.room ~= '' and ask.ticket ~= '' and (pool.waiting > 0 or ask.next ~= '') then
    Waiting.granted(pool, ask, unit, key)
  end
  local record = 'key=' .. key.key_id .. ' worker=' .. words[2] .. ' tokens=' .. cost.tokens .. ' input=' .. words[5]
    .. ' money=' .. words[7] .. ' since=' .. pool.now_ms .. ' unit=' .. unit.id .. ' group=' .. unit.group .. ' start='
    .. string.format('%d', start) .. ' gen=' .. key.gen .. ' probe=' .. (probe and 1 or 0) .. ' budgets=' .. budgets
    .. ' v=' .. stamps .. paces
  redis.call('ZADD', pool.prefix .. 'leases', expires_ms, lease_id)
  redis.call('HSET', pool.prefix .. 'holders', lease_id, record)
  return {'GRANTED', pool.now, pool.seq, pool.losses, start - pool.now, expires_ms, record}
end

-- Ends leases whose time is over, at most so many; returns how many.
local function reap(pool, most)
  if pool.done and pool.done.reaped then return 0 end
  local expired = redis.call('ZRANGE', pool.prefix .. 'leases', '-inf', pool.now_ms, 'BYSCORE', 'LIMIT', 0, most)
  if #expired > 0 then Reap.expired(pool, expired) end
  if pool.done and #expired < most then pool.done.reaped = true end
  return #expired
end

-- What an operator has switched the pool to answers for itself, but for the shadow: that decides, and only its words differ.
local function switched(pool)
  if pool.switch == 'deny' then return {'DENIED', pool.now, pool.seq, pool.losses, 'SWITCHED_OFF', 0} end
  if pool.switch == 'open' then return {'OPEN', pool.now, pool.seq, pool.losses} end
  if pool.switch ~= 'shadow' then
    error({err = 'DAMAGED meta switch is ' .. string.sub(pool.switch, 1, 64) .. ', expected deny, open or shadow'})
  end
  return nil
end

-- When the model may be called; if it is now, and only to find out whether it works again, the lease starts now or not at all.
local function endpoint_opens(pool, ask)
  local outage = Outage.read(pool, ask.words[14])
  local at = outage and Outage.gate(pool, outage)
  if at == 0 then ask.outage, ask.max_wait = outage, 0 end
  return at or 0
end

function Acquiring.run(pool, ask)
  if pool.stepped then Pool.touch(pool) end
  if pool.look_ms and pool.look_ms > 0 and pool.look_ms <= pool.now_ms then Presence.look(pool) end
  local now, words, cost = pool.now, ask.words, ask.cost

  -- A repeat: the first answer again.
  local held = redis.call('HGET', pool.prefix .. 'holders', ask.lease_id)
  if held then
    local wait_us = math.max(0, Lease.parse(held).start - now)
    local expires_ms = tonumber(redis.call('ZSCORE', pool.prefix .. 'leases', ask.lease_id))
    return {'GRANTED', now, pool.seq, pool.losses, wait_us, expires_ms, held}
  end
  if (words[3] ~= '' and now - words[3] > 10000000) or redis.call('ZSCORE', pool.prefix .. 'settled', ask.lease_id) then
    return {'STALE', now, pool.seq, pool.losses}
  end

  if pool.switch then
    local reply = switched(pool)
    if reply then return reply end
    ask.max_wait = 0
  end
  -- A normal call of a pool where it leaves nothing is like any other.
  if ask.priority ~= 'normal' or string.sub(pool.headroom, 1, 2) ~= '0 ' then
    ask.keep, ask.later = Priority.of(pool, ask.priority, tonumber(ask.ticket))
  end
  if words[10] ~= '' then exclude(ask, 'key ', words[10]) end
  if words[11] ~= '' then exclude(ask, 'account ', words[11]) end
  for group in string.gmatch(words[9], '%d+') do
    local fits = true
    for _, limit in ipairs(Pool.limits(pool, group)) do
      fits = fits and Limit.possible(limit, cost[limit.dimension])
    end
    if fits then ask.groups[#ask.groups + 1] = group end
  end

  -- needs: the event that it lacks, or nil if it waits for none
  local function denied(reason, hint_us, needs)
    -- What does not fit into what is left may fit into the whole.
    if reason == 'IMPOSSIBLE' and pool.withheld then reason, hint_us = 'RATE_LIMITED', 1000000 end
    if pool.switch then return {'SHADOW', now, pool.seq, pool.losses, reason, hint_us} end
    local waits = needs and ask.room ~= ''
    if waits then
      Waiting.enter(pool, ask, needs)
    elseif pool.waiting > 0 and ask.room ~= '' and ask.ticket ~= '' then
      Waiting.leave(pool, words[2], ask.room)
    end
    return {'DENIED', now, pool.seq, pool.losses, reason, hint_us, waits and 1 or 0}
  end

  if #ask.groups == 0 then return denied('IMPOSSIBLE', 0) end
  local reaped = reap(pool, 4)
  if pool.outages_ms > pool.now_ms and words[14] ~= '' then
    local at = endpoint_opens(pool, ask)
    if at > pool.now then return denied('ENDPOINT', Search.hint(pool, {at = at})) end
  end
  local found = look(pool, ask)
  for _ = 1, 2 do
    if found or reaped < 4 then break end
    reaped = reap(pool, 64)
    if reaped > 0 then
      ask.shut, ask.best, ask.spare, ask.cut, ask.seen, ask.walked, ask.moved = nil, nil, nil, nil, {}, 0, 0
      found = look(pool, ask)
    end
  end
  if found then return grant(pool, ask, found, now) end
  if ask.shut then
    local reason = Search.budget_reason(pool, ask.shut)
    return denied(reason, Search.hint(pool, ask.shut), reason == 'CONCURRENCY' and ask.shut.id)
  end
  local best, cut = ask.best, ask.cut
  if not best then return denied(cut and 'SEARCH_LIMIT' or 'NO_KEY', cut and cut - now or 0) end
  if best.at >= pool.NEVER and Search.LIMITED[best.what] and not cut then return denied('IMPOSSIBLE', 0) end
  if Search.is_least_bad(pool, ask) then
    local reply = grant(pool, ask, best, now)
    redis.call('HSET', pool.meta_key, 'least_bad', ask.lease_id)
    return reply
  end
  if best.at < pool.EVENT and Search.is_reservable(pool, ask, best) then return grant(pool, ask, best, best.at) end
  if cut and cut < best.at then return denied('SEARCH_LIMIT', math.max(1, cut - now)) end
  local event = best.what == 'concurrency' or best.what == 'probe'
  return denied(Search.REASONS[best.what], Search.hint(pool, best), event and 'units')
end
