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
--- @include "lib/entity"
--- @include lazily "lib/damage"
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
--- @include lazily "lib/endpoint"
--- @include lazily "lib/block"
--- @include "lib/lease"
--- @include lazily "lib/reap"

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
local function settle_limits(owner, first_stamp)
  local now = pool.now
  for i, limit in ipairs(owner.limits) do
    local reserved, stamp = Limit.cost(limit, lease.tokens), lease.stamps[first_stamp + i] or 0
    if outcome == 'unused' then
      if live then Refund.give(pool, owner, limit, reserved, stamp, now) end
    elseif limit.dimension == 'tokens' and used >= 0 then
      if limit.completion then
        if live then Refund.give(pool, owner, limit, reserved, stamp, now) end
        local charged = live and used or math.max(0, used - reserved)
        if charged > 0 then Limit.charge(pool, owner, limit, charged, now, now) end
      elseif used > reserved then
        Limit.charge(pool, owner, limit, used - reserved, now, now)
      elseif live and limit.refund and used < reserved then
        Refund.give(pool, owner, limit, reserved - used, stamp, now)
      end
    end
    Entity.set(owner, limit.left, Limit.left(pool, owner, limit, now))
  end
  Entity.set(owner, 'as_of_ms', pool.now_ms)
end

-- Calls and their latency: an average in which the last call weighs an eighth.
local figure = outcome == 'success' and 'calls_ok' or 'calls_failed'
local function count_call(key)
  Entity.set(key, figure, (key[figure] or 0) + 1)
  if outcome ~= 'success' then return end
  local average = key.latency_ms or latency_ms
  Entity.set(key, 'latency_ms', math.floor(average + (latency_ms - average) / 8 + 0.5))
end

-- A success of a key without any fault teaches its breaker nothing.
local function is_ordinary(key)
  local _, rate = Pool.watch(pool)
  return outcome == 'success' and not lease.probe and key.state == 'CLOSED' and rate == 0
    and (key.errors_in_window or 0) == 0
end

-- What the outcome says about the key; its reply is what changed.
local function judge(unit, key, ordinary)
  if latency_ms >= 0 and outcome ~= 'unused' then count_call(key) end
  if outcome == 'success' and endpoint ~= '' then Endpoint.succeeded(pool, endpoint, unit.account) end
  if ordinary then return 'NONE' end
  local probe = lease.probe and key.state == 'HALF_OPEN' and key.probe == lease_id
  local elsewhere = outcome == 'provider_failed' and Endpoint.elsewhere(pool, endpoint, unit.account)
  local change = Breaker.settle(pool, key, {outcome = outcome, failure = failure, why = why, probe = probe,
    current = key.gen == lease.gen, elsewhere = elsewhere, jitter = jitter})
  if change ~= 'NONE' then Pool.log(pool, key.key_id, change, why, key.until_ms or 0) end
  return change
end

local unit, key
if lease then unit, key = Lease.owners(pool, lease, {'errors_in_window', figure, 'latency_ms'}) end
-- All that is read of them is read now: a damaged field is an error only before the first write.
local ordinary = key and live and is_ordinary(key)
if key and live and not ordinary then Breaker.history(key) end

-- Apply. The first write shrinks, so that it passes when Redis is full; nothing after it can fail.
redis.call('ZREM', pool.prefix .. (live and 'leases' or 'reaped'), lease_id)
redis.call('HDEL', pool.prefix .. 'holders', lease_id)
pool.seq = pool.seq + 1
local change, until_ms, errors = 'NONE', 0, 0
if unit then
  local gate_before = Lease.gate(pool, unit, key)
  settle_limits(unit, 0)
  if key and key ~= unit then settle_limits(key, #unit.limits) end
  if live then
    Lease.release(unit, key)
    if key then
      change = judge(unit, key, ordinary)
      until_ms, errors = key.until_ms or 0, key.errors_in_window or 0
    end
    if block_ms > 0 and block_scope ~= 'none' then
      Block.set(pool, unit, key, block_scope, pool.now_ms + block_ms, why)
    end
  end
  Lease.store(pool, unit, key, gate_before)
  if live and block_ms > 0 and block_scope == 'account' then
    Block.others(pool, unit, pool.now_ms + block_ms, why)
  end
end
redis.call('ZADD', pool.prefix .. 'settled', pool.now_ms, lease_id)
if pool.now_ms % 4 == 0 then Reap.forget(pool) end
Pool.touch(pool)
if not live then return reply('LATE') end
return {'SETTLED', pool.now, pool.seq, pool.losses, change, until_ms, errors}
