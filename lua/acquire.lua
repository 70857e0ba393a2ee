--[[
  acquire: choose an account and one of its keys, and reserve on all of their limits, or on none.

  The work is bounded by constants and does not grow with the pool. A repeat of the same lease id returns the first
  answer and changes nothing. A denial reserves nothing.

  KEYS[1]  meta    hash of the pool; the script names the pool's other Redis keys from its prefix:
                   limits, ready[:n], parked[:n], tokens[:n], key:<id>, account:<id>[/n], account:<id>:ready|parked,
                   windows, leases, holders, settled, reaped, log

  ARGV[1]   now_us       '' for the server's clock; a number in tests
  ARGV[2]   lease_id     made by the caller, unique to this attempt
  ARGV[3]   worker       id of the caller
  ARGV[4]   sent_us      the caller's estimate of the server's clock when it sent this, or '' if it has none yet
  ARGV[5]   ttl_ms       life of the lease from its start, 1 to 3600000
  ARGV[6]   tokens       to reserve, 0 to 2000000000
  ARGV[7]   max_wait_us  how far ahead the lease may start, 0 to 86400000000
  ARGV[8]   groups       of the units that can serve the model: numbers joined by commas
  ARGV[9]   no_keys      key ids not to be chosen, joined by commas
  ARGV[10]  no_accounts  account ids not to be chosen, joined by commas

  Reply    {'GRANTED', now_us, seq, epoch, wait_us, expires_ms, record}
           {'DENIED', now_us, seq, epoch, reason, hint_us}   hint: how long until the request could succeed, 0 if unknown
           {'STALE', now_us, seq, epoch}      older than 10 s, or ended already
           {'NO_POOL'}                        the pool is not registered here, or its state was lost
           {'NEWER_SCHEMA', schema}           its state was written by a newer version
  Error    BADARG                             an argument is missing or out of range
]]

--- @include "lib/args"
--- @include "lib/clock"
--- @include "lib/calendar"
--- @include "lib/entity"
--- @include "lib/limit"
--- @include "lib/pool"
--- @include "lib/unit"
--- @include "lib/breaker"
--- @include "lib/lease"

local ID = '[%w][%w._-]*'
local lease_id = Args.word('lease_id', ARGV[2], ID)
local worker = Args.word('worker', ARGV[3], ID)
local ttl_ms = Args.integer('ttl_ms', ARGV[5], 1, 3600000)
local tokens = Args.integer('tokens', ARGV[6], 0, 2000000000)
local max_wait = Args.integer('max_wait_us', ARGV[7], 0, 86400000000)
local groups = {}
for group in string.gmatch(Args.word('groups', ARGV[8], '[%d,]+'), '%d+') do groups[#groups + 1] = group end
local excluded, excluded_count = {}, 0
for _, list in ipairs({{'key ', ARGV[9]}, {'account ', ARGV[10]}}) do
  for id in string.gmatch(list[2], '[^,]+') do
    excluded[list[1] .. id] = true
    excluded_count = excluded_count + 1
  end
end

local pool, refusal = Pool.open(KEYS[1], ARGV[1])
if not pool then return refusal end
local now = pool.now

local function granted(lease, wait_us, expires_ms)
  return {'GRANTED', now, pool.seq, pool.epoch, wait_us, expires_ms, Lease.record(lease)}
end

-- A repeat: the first answer again.
local held = redis.call('HGET', pool.prefix .. 'holders', lease_id)
if held then
  local lease = Lease.parse(held)
  local expires_ms = tonumber(redis.call('ZSCORE', pool.prefix .. 'leases', lease_id))
  return granted(lease, math.max(0, lease.start - now), expires_ms)
end
local sent = ARGV[4] ~= '' and Args.integer('sent_us', ARGV[4], 0, 9007199254740991) or now
if now - sent > 10000000 or redis.call('ZSCORE', pool.prefix .. 'settled', lease_id) then
  return {'STALE', now, pool.seq, pool.epoch}
end

local possible = {}
for _, group in ipairs(groups) do
  local fits = true
  for _, limit in ipairs(Pool.limits(pool, group)) do
    fits = fits and Limit.possible(limit, Limit.cost(limit, tokens))
  end
  if fits then possible[#possible + 1] = group end
end
groups = possible

local HEADS, WALK = 4, 32
local best, seen, walked, cut, moved

local function touch()
  if not pool.touched then Pool.touch(pool) end
end

-- Of an account with several keys: the first in its order that can be used at that time, else the one that can first.
local function choose_key(unit, time)
  local ready, parked = Unit.keys(pool, unit, 'ready'), Unit.keys(pool, unit, 'parked')
  for _, id in ipairs(redis.call('ZRANGE', parked, '-inf', now, 'BYSCORE', 'LIMIT', 0, 8)) do
    local key = Key.load(pool, id)
    touch()
    Key.place(pool, unit, key)
    Entity.save(key)
  end
  local first, first_at, first_what
  local function look(id)
    if id == '-' or excluded['key ' .. id] then return false end
    local key = Key.load(pool, id)
    local at, what = Key.earliest(pool, key, tokens, time)
    if not first or at < first_at then first, first_at, first_what = key, at, what end
    return at <= time
  end
  for _, id in ipairs(redis.call('ZRANGE', ready, 0, WALK - 1 + excluded_count)) do
    if look(id) then return first, first_at, first_what end
  end
  local list = redis.call('ZRANGE', parked, 0, WALK - 1 + excluded_count, 'WITHSCORES')
  for i = 1, #list, 2 do
    if first and tonumber(list[i + 1]) >= first_at then break end
    look(list[i])
  end
  return first, first_at, first_what
end

-- The key to use and the first instant at which it and the unit admit the request together.
local function settle_on(unit)
  local at, what = Unit.earliest(pool, unit, tokens)
  local key = nil
  for _ = 1, 4 do
    local key_at, key_what
    if unit.single then
      key = Unit.only_key(pool, unit)
      if not key or excluded['key ' .. key.key_id] then return nil end
      key_at, key_what = Key.earliest(pool, key, tokens, at)
    else
      key, key_at, key_what = choose_key(unit, at)
      if not key then return nil end
    end
    if key_at <= at or key_at >= pool.EVENT then
      if key_at > at then at, what = key_at, key_what end
      break
    end
    at, what = Unit.limits_earliest(pool, unit, tokens, key_at, key_what)
  end
  return key, at, what
end

-- Whether the unit fits now; if not, it is remembered when it is the first to fit.
local function consider(id, group)
  if id == '-' or seen[id] then return nil end
  seen[id] = true
  local unit = Unit.load(pool, id, group)
  if not unit or excluded['account ' .. unit.account] then return nil end
  walked = walked + 1
  local key, at, what = settle_on(unit)
  if not key then return nil end
  local found = {unit = unit, key = key, at = at, what = what}
  if at <= now then return found end
  if not best or at < best.at then best = found end
  -- Met in the ready index although its gates are shut: another class of its account, or a key, has shut them.
  if unit.index == 'ready' and Unit.gate(pool, unit) > 0 then
    touch()
    Unit.place(pool, unit)
    Entity.save(unit)
    moved = moved + 1
  end
  return nil
end

-- Walks an index in ascending order while a unit could still be earlier than the best one. bound(score) is the first
-- instant at which a unit of that score could fit.
local function walk(index, group, bound)
  local from, step = 0, 8
  while true do
    local moved_before = moved
    local list = redis.call('ZRANGE', index, from, from + step - 1, 'WITHSCORES')
    for i = 1, #list, 2 do
      local earliest = list[i] == '-' and pool.NEVER or bound(tonumber(list[i + 1]))
      if list[i] == '-' or (best and earliest >= best.at) then return nil end
      if walked >= WALK + excluded_count then
        cut = math.min(cut or pool.NEVER, earliest)
        return nil
      end
      local found = consider(list[i], group)
      if found then return found end
    end
    if #list < 2 * step then return nil end
    from = from + step - (moved - moved_before)
  end
end

local function promote(group)
  local parked = Pool.index(pool, 'parked', group)
  for _, id in ipairs(redis.call('ZRANGE', parked, '-inf', now, 'BYSCORE', 'LIMIT', 0, 8)) do
    local unit = Unit.load(pool, id, group)
    touch()
    if unit then
      Unit.place(pool, unit)
      Entity.save(unit)
    else
      redis.call('ZREM', parked, id)
    end
  end
end

-- The heads of the ready indexes, in the order of the strategy.
local function heads()
  local list = {}
  for _, group in ipairs(groups) do
    local scored = redis.call('ZRANGE', Pool.index(pool, 'ready', group), 0, HEADS - 1 + excluded_count, 'WITHSCORES')
    for i = 1, #scored, 2 do list[#list + 1] = {scored[i], group, tonumber(scored[i + 1])} end
  end
  if #groups > 1 then table.sort(list, function(a, b)
    if a[3] ~= b[3] then return a[3] < b[3] end
    return a[1] < b[1]
  end) end
  return list
end

local function by_tokens(group)
  local indexed = Limit.indexed(Pool.limits(pool, group))
  local kind = indexed and pool.strategy ~= 'most-headroom' and 'tokens' or 'ready'
  return walk(Pool.index(pool, kind, group), group, function(tat)
    if not indexed then return now end
    return math.max(now, (tat + Limit.bucket_increment(indexed, tokens) - indexed.tolerance) * indexed.unit)
  end)
end

local function search()
  best, seen, walked, cut, moved = nil, {}, 0, nil, 0
  for _, group in ipairs(groups) do promote(group) end
  for _, head in ipairs(heads()) do
    local found = consider(head[1], head[2])
    if found then return found end
  end
  for _, group in ipairs(groups) do
    local found = by_tokens(group)
    if found then return found end
  end
  for _, group in ipairs(groups) do
    local found = walk(Pool.index(pool, 'parked', group), group, function(gate) return math.max(gate, now) end)
    if found then return found end
  end
  return nil
end

local function count_pass(unit, key)
  if pool.strategy == 'round-robin' or pool.strategy == 'weighted' then
    local pass = math.max(tonumber(unit.pass) or 0, pool.virtual)
    pool.virtual = pass
    Entity.set(unit, 'pass', pass + math.floor(SHARE / Unit.weight(pool, unit)))
  end
  if not unit.single then
    local weight = pool.strategy == 'weighted' and tonumber(key.weight) or 1
    Entity.set(key, 'pass', (tonumber(key.pass) or 0) + math.floor(SHARE / weight))
  end
end

local function charge(owner, start, stamps)
  Entity.set(owner, 'in_flight', (tonumber(owner.in_flight) or 0) + 1)
  for _, limit in ipairs(owner.limits) do
    stamps[#stamps + 1] = Limit.charge(pool, owner, limit, Limit.cost(limit, tokens), start, now)
    Entity.set(owner, limit.left, Limit.left(pool, owner, limit, now))
  end
  Entity.set(owner, 'as_of_ms', pool.now_ms)
end

local function grant(found, start)
  local unit, key = found.unit, found.key
  local lease = {key = key.key_id, worker = worker, tokens = tokens, since = pool.now_ms, unit = unit.id,
    group = unit.group, start = start, gen = tonumber(key.gen), probe = key.state == 'OPEN', stamps = {}}
  local expires_ms = math.ceil(start / 1000) + ttl_ms
  pool.seq = pool.seq + 1
  count_pass(unit, key)
  Pool.touch(pool)
  charge(unit, start, lease.stamps)
  if key ~= unit then charge(key, start, lease.stamps) end
  if lease.probe then
    Breaker.probe(key, lease_id)
    Pool.log(pool, key.key_id, 'HALF_OPEN', 'probe', expires_ms)
  end
  if key ~= unit then
    Key.place(pool, unit, key)
    Entity.save(key)
  end
  Unit.place(pool, unit)
  Entity.save(unit)
  Pool.write_rings(pool)
  redis.call('ZADD', pool.prefix .. 'leases', expires_ms, lease_id)
  redis.call('HSET', pool.prefix .. 'holders', lease_id, Lease.record(lease))
  return granted(lease, start - now, expires_ms)
end

-- Fixed windows know this window and the next one; no reservation reaches further, nor the end of the next one.
local function reservable(found)
  if found.at > now + max_wait or found.key.state ~= 'CLOSED' then return false end
  for _, owner in ipairs(found.key == found.unit and {found.unit} or {found.unit, found.key}) do
    for _, limit in ipairs(owner.limits) do
      if limit.mode == 'fixed' or limit.mode == 'pacific' then
        local start = math.floor(found.at / limit.unit)
        local at = Calendar.index(limit.mode, start, limit.period)
        local ahead = at - Calendar.index(limit.mode, math.floor(now / limit.unit), limit.period)
        if ahead > 1 or (ahead == 1 and Limit.fixed_straddles(limit, at, start)) then return false end
      end
    end
  end
  return true
end

-- When every key rests, one call in the cluster may be sent all the same.
local function least_bad()
  if pool.unhealthy ~= 'least-bad' or not best or best.what ~= 'breaker' or best.key.state ~= 'OPEN' then return false end
  local under_way = redis.call('HGET', pool.meta_key, 'least_bad')
  if under_way and redis.call('ZSCORE', pool.prefix .. 'leases', under_way) then return false end
  local at = Unit.earliest(pool, best.unit, tokens)
  return at <= now
end

local REASONS = {requests = 'RATE_LIMITED', tokens = 'RATE_LIMITED', concurrency = 'CONCURRENCY', block = 'BLOCKED',
  breaker = 'UNHEALTHY', probe = 'UNHEALTHY', draining = 'NO_KEY', disabled = 'NO_KEY'}

local function denied(reason, hint_us)
  return {'DENIED', now, pool.seq, pool.epoch, reason, hint_us}
end

-- Nobody knows when an event comes; at the latest when the next lease expires.
local function event_hint()
  local first = redis.call('ZRANGE', pool.prefix .. 'leases', 0, 0, 'WITHSCORES')
  if first[1] == '-' then return 1000000 end
  return math.max(1000, math.min(1000000, tonumber(first[2]) * 1000 - now))
end

if #groups == 0 then return denied('IMPOSSIBLE', 0) end

local reaped = Lease.reap(pool, 4)
local found = search()
for _ = 1, 2 do
  if found or reaped < 4 then break end
  reaped = Lease.reap(pool, 64)
  if reaped > 0 then found = search() end
end
if found then return grant(found, now) end
if not best then return denied(cut and 'SEARCH_LIMIT' or 'NO_KEY', cut and cut - now or 0) end
if best.at >= pool.NEVER and best.what == 'tokens' and not cut then return denied('IMPOSSIBLE', 0) end
if least_bad() then
  local reply = grant(best, now)
  redis.call('HSET', pool.meta_key, 'least_bad', lease_id)
  return reply
end
if best.at < pool.EVENT and reservable(best) then return grant(best, best.at) end
if cut and cut < best.at then return denied('SEARCH_LIMIT', math.max(1, cut - now)) end
if best.at >= pool.NEVER then return denied(REASONS[best.what], 0) end
if best.at >= pool.EVENT then return denied(REASONS[best.what], event_hint()) end
return denied(REASONS[best.what], best.at - now)
