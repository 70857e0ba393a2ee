--[[
  settle: end a lease with what happened. Exactly one settlement of a lease has an effect; a repeat changes nothing.

  KEYS[1]  meta    hash of the pool; other Redis keys as in acquire.lua, and endpoints

  ARGV[1]   now_us         '' for the server's clock; a number in tests
  ARGV[2]   lease_id
  ARGV[3]   record         as acquire replied it; '' to cancel an acquire whose reply was lost
  ARGV[4]   outcome        success | rate_limited | key_failed | provider_failed | network_failed | caller_fault |
                           aborted | unused
  ARGV[5]   used_tokens    0 to 2000000000, or -1 if unknown: then the reservation stays charged
  ARGV[6]   failure        error | suspect | dead; matters for key_failed
  ARGV[7]   block_scope    none | key | account_models | account
  ARGV[8]   block_ms       from now, 0 to 2764800000
  ARGV[9]   why            a word for operators, 1 to 64 of letters, digits and _.-
  ARGV[10]  endpoint       the model called, up to 128 characters
  ARGV[11]  latency_ms     of the call, 0 to 86400000, or -1 if it was not made
  ARGV[12]  jitter         permille of a breaker's rest, 800 to 1200

  Reply    {'SETTLED', now_us, seq, losses, change, until_ms, errors}
           {'LATE', now_us, seq, losses}        after it was reaped: only what was used beyond the reservation counts
           {'DUPLICATE', now_us, seq, losses}
           {'UNKNOWN', now_us, seq, losses}     never granted; an acquire of this id that comes later is refused
           {'NO_POOL'} {'NEWER_SCHEMA', schema}  as in acquire.lua
           change: NONE | OPENED | CLOSED | DISABLED, of the key's breaker; until_ms and errors go with OPENED
  Error    BADARG                             an argument is missing or out of range
]]

--- @include lazily "lib/args"
--- @include "lib/clock"
--- @include "lib/entity"
--- @include lazily "lib/calendar"
--- @include lazily "lib/ring"
--- @include lazily "lib/fixed"
--- @include "lib/limit"
--- @include "lib/pool"
--- @include "lib/unit"
--- @include lazily "lib/breaker"
--- @include lazily "lib/reap"
--- @include "lib/lease"

local lease_id, record, outcome, used, failure = ARGV[2], ARGV[3], ARGV[4], tonumber(ARGV[5]), ARGV[6]
local block_scope, block_ms, why, endpoint = ARGV[7], tonumber(ARGV[8]), ARGV[9], ARGV[10]
local latency_ms, jitter = tonumber(ARGV[11]), tonumber(ARGV[12])
local words = table.concat({lease_id, outcome, ARGV[5], failure, block_scope, ARGV[8], why, ARGV[11], ARGV[12]}, ' ', 1, 9)
if not string.find(words, '^%w[%w._-]* [%a_]+ %-?%d+ %a+ [%a_]+ %d+ [%w_.-]+ %-?%d+ %d+$')
  or used < -1 or used > 2000000000 or block_ms > 2764800000 or latency_ms < -1 or latency_ms > 86400000
  or jitter < 800 or jitter > 1200 then
  Args.word('lease_id', lease_id, '%w[%w._-]*')
  Args.word('outcome', outcome, '[%a_]+')
  Args.integer('used_tokens', ARGV[5], -1, 2000000000)
  Args.word('failure', failure, '%a+')
  Args.word('block_scope', block_scope, '[%a_]+')
  Args.integer('block_ms', ARGV[8], 0, 2764800000)
  Args.word('why', why, '[%w_.-]+')
  Args.integer('latency_ms', ARGV[11], -1, 86400000)
  Args.integer('jitter', ARGV[12], 800, 1200)
end

local pool, refusal = Pool.open(KEYS[1], ARGV[1])
if not pool then return refusal end

local function reply(word)
  return {word, pool.now, pool.seq, pool.losses}
end

-- Decide: which lease this is, and whether it is still to be settled.
local live = redis.call('ZSCORE', pool.prefix .. 'leases', lease_id)
if live and record == '' then record = redis.call('HGET', pool.prefix .. 'holders', lease_id) or '' end
local lease = Lease.parse(record)
if record ~= '' and not lease then Args.bad('record', record, 'the record that acquire replied') end
if not live and not redis.call('ZSCORE', pool.prefix .. 'reaped', lease_id) then
  if redis.call('ZSCORE', pool.prefix .. 'settled', lease_id) then return reply('DUPLICATE') end
  redis.call('ZADD', pool.prefix .. 'settled', pool.now_ms, lease_id)
  return reply('UNKNOWN')
end

-- What was used against what was reserved, on each limit of an owner.
local function settle_limit(owner, limit, stamp)
  local reserved = Limit.cost(limit, lease.tokens)
  if outcome == 'unused' then
    if live then Limit.refund(pool, owner, limit, reserved, stamp, pool.now) end
  elseif limit.dimension == 'tokens' and used >= 0 then
    if limit.completion then
      if live then Limit.refund(pool, owner, limit, reserved, stamp, pool.now) end
      local charged = live and used or math.max(0, used - reserved)
      if charged > 0 then Limit.debt(pool, owner, limit, charged, pool.now) end
    elseif used > reserved then
      Limit.debt(pool, owner, limit, used - reserved, pool.now)
    elseif live and limit.refund and used < reserved then
      Limit.refund(pool, owner, limit, reserved - used, stamp, pool.now)
    end
  end
  Entity.set(owner, limit.left, Limit.left(pool, owner, limit, pool.now))
end

local function settle_limits(owner, first_stamp)
  for i, limit in ipairs(owner.limits) do
    settle_limit(owner, limit, lease.stamps[first_stamp + i] or 0)
  end
  Entity.set(owner, 'as_of_ms', pool.now_ms)
  return first_stamp + #owner.limits
end

-- Endpoint evidence: the last two accounts that succeeded with a model, as 'account ms account ms'.
local function endpoint_record()
  local text = redis.call('HGET', pool.prefix .. 'endpoints', endpoint) or ''
  local one, one_ms, two, two_ms = string.match(text, '^(%S+) (%d+) ?(%S*) ?(%d*)$')
  return one, tonumber(one_ms) or 0, two, tonumber(two_ms) or 0
end

local function succeeded_elsewhere(account)
  local one, one_ms, two, two_ms = endpoint_record()
  local oldest = pool.now_ms - Pool.policy(pool).window_ms
  return (one ~= nil and one ~= account and one_ms > oldest) or (two ~= nil and two ~= '' and two ~= account and two_ms > oldest)
end

-- Written only when it is worth it: the evidence of an account is renewed once in a twelfth of the window.
local function endpoint_success(account)
  local one, one_ms, two, two_ms = endpoint_record()
  local fresh = pool.now_ms - math.floor(Pool.policy(pool).window_ms / pool.SLOTS)
  if (one == account and one_ms > fresh) or (two == account and two_ms > fresh) then return end
  if one and one ~= account and two ~= '' and one_ms > fresh and two_ms > fresh then return end
  local endpoints = pool.prefix .. 'endpoints'
  if not one and redis.call('HLEN', endpoints) >= 256 then
    redis.call('HDEL', endpoints, redis.call('HRANDFIELD', endpoints))
  end
  local text = string.format('%s %.0f', account, pool.now_ms)
  if one and one ~= account then
    text = text .. string.format(' %s %.0f', one, one_ms)
  elseif one and two ~= '' then
    text = text .. string.format(' %s %.0f', two, two_ms)
  end
  redis.call('HSET', endpoints, endpoint, text)
end

local function figures(key)
  if latency_ms < 0 or outcome == 'unused' then return end
  local figure = outcome == 'success' and 'calls_ok' or 'calls_failed'
  local values = redis.call('HMGET', key.redis_key, figure, 'latency_ms')
  Entity.set(key, figure, (tonumber(values[1]) or 0) + 1)
  if outcome == 'success' then
    local average = tonumber(values[2]) or latency_ms
    Entity.set(key, 'latency_ms', math.floor(average + (latency_ms - average) / 8 + 0.5))
  end
end

local function rest(owner, until_ms)
  if until_ms <= (owner.blocked_until_ms or 0) then return end
  Entity.set(owner, 'blocked_until_ms', until_ms)
  Entity.set(owner, 'blocked_why', why)
  pool.losses = pool.losses + 1
end

local function block(unit, key)
  if block_ms == 0 or block_scope == 'none' then return end
  local until_ms = pool.now_ms + block_ms
  if block_scope ~= 'key' then
    rest(unit, until_ms)
  elseif key then
    rest(key, until_ms)
  end
end

-- The other classes of an account that rests as a whole.
local function block_others(unit)
  if block_scope ~= 'account' or block_ms == 0 then return end
  for class = 1, unit.classes or 1 do
    local id = 'account:' .. unit.account .. '/' .. class
    local other = unit.classes > 1 and id ~= unit.id and Unit.load(pool, id)
    if other then
      rest(other, pool.now_ms + block_ms)
      Unit.place(pool, other)
      Entity.save(other)
    end
  end
end

-- A success of a key without any fault teaches its breaker nothing.
local function is_ordinary(key)
  return outcome == 'success' and not lease.probe and key.state == 'CLOSED' and Pool.policy(pool).rate == 0
    and (key.errors_in_window or 0) == 0
end

-- What the outcome says about the key; its reply is what changed.
local function judge(unit, key)
  figures(key)
  if outcome == 'success' and endpoint ~= '' then endpoint_success(unit.account) end
  if is_ordinary(key) then return 'NONE' end
  local probe = false
  if lease.probe and key.state == 'HALF_OPEN' then
    Breaker.history(key)
    probe = key.probe == lease_id
  end
  local elsewhere = outcome == 'provider_failed' and succeeded_elsewhere(unit.account)
  local change = Breaker.settle(pool, key, {outcome = outcome, failure = failure, why = why, probe = probe,
    current = key.gen == lease.gen, elsewhere = elsewhere, jitter = jitter})
  if change ~= 'NONE' then Pool.log(pool, key.key_id, change, why, key.until_ms or 0) end
  return change
end

-- Apply. The first write shrinks, so that it passes when Redis is full; nothing after it can fail.
redis.call('ZREM', pool.prefix .. (live and 'leases' or 'reaped'), lease_id)
redis.call('HDEL', pool.prefix .. 'holders', lease_id)
pool.seq = pool.seq + 1
local change, until_ms, errors = 'NONE', 0, 0
local unit, key
if lease then unit, key = Lease.owners(pool, lease) end
if unit then
  local gate_before = key and Key.gate(pool, key)
  local next_stamp = settle_limits(unit, 0)
  if key and key ~= unit then settle_limits(key, next_stamp) end
  if live then
    Lease.release(unit, key)
    if key then
      change = judge(unit, key)
      until_ms, errors = key.until_ms or 0, key.errors_in_window or 0
    end
    block(unit, key)
  end
  Lease.store(pool, unit, key, gate_before)
  if live then block_others(unit) end
end
redis.call('ZADD', pool.prefix .. 'settled', pool.now_ms, lease_id)
Lease.forget(pool)
Pool.touch(pool)
if not live then return reply('LATE') end
return {'SETTLED', pool.now, pool.seq, pool.losses, change, until_ms, errors}
