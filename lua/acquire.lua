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

  Reply    {'GRANTED', now_us, seq, losses, wait_us, expires_ms, record}
           {'DENIED', now_us, seq, losses, reason, hint_us}   hint: how long until the request could succeed, 0 if unknown
           {'STALE', now_us, seq, losses}      older than 10 s, or ended already
           {'NO_POOL'}                        the pool is not registered here, or its state was lost
           {'NEWER_SCHEMA', schema}           its state was written by a newer version
           losses counts how often a key has left service or has been blocked: leases that start later may be lost
  Error    BADARG                             an argument is missing or out of range
]]

--- @include lazily "lib/args"
--- @include "lib/entity"
--- @include lazily "lib/calendar"
--- @include lazily "lib/ring"
--- @include lazily "lib/fixed"
--- @include lazily "lib/window"
--- @include lazily "lib/refund"
--- @include "lib/limit"
--- @include "lib/pool"
--- @include "lib/gate"
--- @include lazily "lib/key"
--- @include "lib/unit"
--- @include lazily "lib/breaker"
--- @include lazily "lib/lease"
--- @include lazily "lib/damage"
--- @include lazily "lib/reap"
--- @include lazily "lib/search"

local lease_id, worker, ttl_ms, tokens, max_wait = ARGV[2], ARGV[3], tonumber(ARGV[5]), tonumber(ARGV[6]), tonumber(ARGV[7])
local words = table.concat({lease_id, worker, ARGV[4], ARGV[5], ARGV[6], ARGV[7], ARGV[8]}, ' ', 1, 7)
if not string.find(words, '^%w[%w._-]* %w[%w._-]* %d* %d+ %d+ %d+ [%d,]+$')
  or ttl_ms < 1 or ttl_ms > 3600000 or tokens > 2000000000 or max_wait > 86400000000 then
  Args.word('lease_id', lease_id, '%w[%w._-]*')
  Args.word('worker', worker, '%w[%w._-]*')
  Args.word('sent_us', ARGV[4], '%d*')
  Args.integer('ttl_ms', ARGV[5], 1, 3600000)
  Args.integer('tokens', ARGV[6], 0, 2000000000)
  Args.integer('max_wait_us', ARGV[7], 0, 86400000000)
  Args.word('groups', ARGV[8], '[%d,]+')
end

local pool, refusal = Pool.open(KEYS[1], ARGV[1])
if not pool then return refusal end
if pool.stepped then Pool.touch(pool) end
local now = pool.now

-- A repeat: the first answer again.
local held = redis.call('HGET', pool.prefix .. 'holders', lease_id)
if held then
  local wait_us = math.max(0, Lease.parse(held).start - now)
  local expires_ms = tonumber(redis.call('ZSCORE', pool.prefix .. 'leases', lease_id))
  return {'GRANTED', now, pool.seq, pool.losses, wait_us, expires_ms, held}
end
if (ARGV[4] ~= '' and now - ARGV[4] > 10000000) or redis.call('ZSCORE', pool.prefix .. 'settled', lease_id) then
  return {'STALE', now, pool.seq, pool.losses}
end

-- What is asked for, and what the search has found so far.
local ask = {tokens = tokens, max_wait = max_wait, groups = {}, excluded = {}, excluded_count = 0, walked = 0, moved = 0,
  seen = {}, best = nil, cut = nil}
for kind, list in pairs({['key '] = ARGV[9], ['account '] = ARGV[10]}) do
  for id in string.gmatch(list, '[^,]+') do
    ask.excluded[kind .. id] = true
    ask.excluded_count = ask.excluded_count + 1
  end
end
for group in string.gmatch(ARGV[8], '%d+') do
  local fits = true
  for _, limit in ipairs(Pool.limits(pool, group)) do
    fits = fits and Limit.possible(limit, Limit.cost(limit, tokens))
  end
  if fits then ask.groups[#ask.groups + 1] = group end
end

-- Whether the unit fits now; if not, it is remembered when it is the first to fit.
local function examine(id, group)
  local unit = Unit.load(pool, id, group)
  if not unit or ask.excluded['account ' .. unit.account] then return nil end
  ask.walked = ask.walked + 1
  local key, at, what = unit, 0, ''
  if not unit.implicit then
    key, at, what = Search.with_key(pool, ask, unit)
    if not key then return nil end
  elseif ask.excluded['key ' .. unit.key_id] then
    return nil
  else
    at, what = Unit.earliest(pool, unit, tokens)
  end
  local found = {unit = unit, key = key, at = at, what = what}
  if at <= now then return found end
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

function ask.consider(id, group)
  if id == '-' or ask.seen[id] then return nil end
  ask.seen[id] = true
  local sound, found = pcall(examine, id, group)
  if sound then return found end
  Damage.set_aside(pool, id, group, found)
  ask.moved = ask.moved + 1
  return nil
end

-- First what has come back into service, then the heads of the ready indexes in the order of the strategy, then the rest.
local function search()
  for _, group in ipairs(ask.groups) do
    local parked = Pool.index(pool, 'parked', group)
    local due = redis.call('ZRANGE', parked, '-inf', now, 'BYSCORE', 'LIMIT', 0, 8)
    if #due > 0 then Search.promote(pool, parked, due, group) end
  end
  if #ask.groups == 1 then
    local group = ask.groups[1]
    for _, id in ipairs(redis.call('ZRANGE', Pool.index(pool, 'ready', group), 0, 3 + ask.excluded_count)) do
      local found = ask.consider(id, group)
      if found then return found end
    end
  else
    for _, head in ipairs(Search.heads(pool, ask)) do
      local found = ask.consider(head[1], head[2])
      if found then return found end
    end
  end
  return Search.walk_all(pool, ask)
end

-- Reserves on all limits of an owner; the stamps are what a refund will need.
local function charge(owner, start, stamps)
  Entity.set(owner, 'in_flight', (owner.in_flight or 0) + 1)
  for _, limit in ipairs(owner.limits) do
    local stamp = Limit.charge(pool, owner, limit, Limit.cost(limit, tokens), start, now)
    stamps = stamps .. (stamps == '' and '' or ',') .. string.format('%d', stamp)
    Entity.set(owner, limit.left, Limit.left(pool, owner, limit, now))
  end
  Entity.set(owner, 'as_of_ms', pool.now_ms)
  return stamps
end

local function grant(found, start)
  local unit, key = found.unit, found.key
  local expires_ms, probe = math.ceil(start / 1000) + ttl_ms, key.state == 'OPEN'
  pool.seq = pool.seq + 1
  if not unit.single or pool.strategy ~= 'most-headroom' then Unit.count_pass(pool, unit, key) end
  Pool.touch(pool)
  local stamps = charge(unit, start, '')
  if key ~= unit then stamps = charge(key, start, stamps) end
  if probe then
    Breaker.probe(key, lease_id)
    Pool.log(pool, key.key_id, 'HALF_OPEN', 'probe', expires_ms)
  end
  if key ~= unit then
    Key.place(pool, unit, key)
    Entity.save(key)
  end
  Unit.place(pool, unit)
  Entity.save(unit)
  if pool.rings_changed then Pool.write_rings(pool) end
  local record = 'key=' .. key.key_id .. ' worker=' .. worker .. ' tokens=' .. ARGV[6] .. ' since=' .. pool.now_ms
    .. ' unit=' .. unit.id .. ' group=' .. unit.group .. ' start=' .. string.format('%d', start) .. ' gen=' .. key.gen
    .. ' probe=' .. (probe and 1 or 0) .. ' v=' .. stamps
  redis.call('ZADD', pool.prefix .. 'leases', expires_ms, lease_id)
  redis.call('HSET', pool.prefix .. 'holders', lease_id, record)
  return {'GRANTED', now, pool.seq, pool.losses, start - now, expires_ms, record}
end

local function denied(reason, hint_us)
  return {'DENIED', now, pool.seq, pool.losses, reason, hint_us}
end

if #ask.groups == 0 then return denied('IMPOSSIBLE', 0) end

-- Ends leases whose time is over, at most so many; returns how many.
local function reap(most)
  local expired = redis.call('ZRANGE', pool.prefix .. 'leases', '-inf', pool.now_ms, 'BYSCORE', 'LIMIT', 0, most)
  if #expired > 0 then Reap.expired(pool, expired) end
  return #expired
end

local reaped = reap(4)
local found = search()
for _ = 1, 2 do
  if found or reaped < 4 then break end
  reaped = reap(64)
  if reaped > 0 then
    ask.best, ask.cut, ask.seen, ask.walked, ask.moved = nil, nil, {}, 0, 0
    found = search()
  end
end
if found then return grant(found, now) end
local best, cut = ask.best, ask.cut
if not best then return denied(cut and 'SEARCH_LIMIT' or 'NO_KEY', cut and cut - now or 0) end
if best.at >= pool.NEVER and best.what == 'tokens' and not cut then return denied('IMPOSSIBLE', 0) end
if Search.is_least_bad(pool, ask) then
  local reply = grant(best, now)
  redis.call('HSET', pool.meta_key, 'least_bad', lease_id)
  return reply
end
if best.at < pool.EVENT and Search.is_reservable(pool, ask, best) then return grant(best, best.at) end
if cut and cut < best.at then return denied('SEARCH_LIMIT', math.max(1, cut - now)) end
return denied(Search.REASONS[best.what], Search.hint(pool, best))
