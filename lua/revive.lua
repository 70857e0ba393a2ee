--[[
  revive: what a health check does with a key that is out of service for a reason that the provider can be asked about. The
  workers that ask do so by turns; and a key that is well again comes back, unless an operator has drained it.

  KEYS[1]  meta    hash of the pool; other Redis keys as in acquire.lua

  ARGV[1]   now_us      '' for the server's clock; a number in tests
  ARGV[2]   action      claim   this worker is about to ask: nobody else shall for a while
                        revive  back into service; its errors are forgotten, not how often it has rested, and the blocks of
                                the key and its account end that have one of these causes
  ARGV[3]   key_id
  ARGV[4]   causes      the words for which it is out, as they were seen: 1 to 8, joined by commas
  ARGV[5]   rest_ms     of a claim: for how long, 0 to 86400000; twice as long after each other claim
  ARGV[6]   longest_ms  but no longer than this, rest_ms to 86400000; after as long without a claim it begins anew
  ARGV[7]   by          who says so, as in operate.lua
  ARGV[8]   reason      for the log, as in operate.lua

  Reply    {'CLAIMED', now_us, seq, losses}
           {'REVIVED', now_us, seq, losses, before, after}      states of the key's breaker
           {'NOT_DUE', now_us, seq, losses}                     somebody has asked not long ago
           {'NOT_OUT', now_us, seq, losses}                     it is in service, or out for another reason
           {'NO_KEY', now_us, seq, losses}                      the pool has no such key
           {'NO_POOL'} {'NEWER_SCHEMA', schema}                 as in acquire.lua
  Error    BADARG                                               an argument is missing or out of range
]]

--- @include "lib/args"
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
--- @include lazily "lib/budget"
--- @include lazily "lib/key"
--- @include "lib/unit"
--- @include "lib/breaker"
--- @include lazily "lib/block"
--- @include "lib/lease"
--- @include lazily "lib/priority"
--- @include lazily "lib/waiting"

local action = Args.word('action', ARGV[2], '%a+')
if action ~= 'claim' and action ~= 'revive' then Args.bad('action', action, 'claim or revive') end
local key_id = Args.word('key_id', ARGV[3], '[%w._-]+')
local causes, count = {}, 0
for word in string.gmatch(Args.word('causes', ARGV[4], '[%w_.,-]+'), '[^,]+') do
  causes[word], count = true, count + 1
end
if count < 1 or count > 8 then Args.bad('causes', ARGV[4], '1 to 8 words') end
local rest_ms = Args.integer('rest_ms', ARGV[5], 0, 86400000)
local longest_ms = Args.integer('longest_ms', ARGV[6], rest_ms, 86400000)
local by, reason = Args.note(ARGV[7], ARGV[8])

local pool, refusal = Pool.open(KEYS[1], ARGV[1])
if not pool then return refusal end
local unit, key = Unit.of_key(pool, key_id)
if not key then return {'NO_KEY', pool.now, pool.seq, pool.losses} end

-- The word is loaded for this alone, and is not there before the first block.
local function is_blocked(owner)
  if (owner.blocked_until_ms or 0) <= pool.now_ms then return false end
  return causes[redis.call('HGET', owner.redis_key, 'blocked_why') or ''] or false
end

local before = key.state
local failed = (before == 'OPEN' or before == 'DISABLED')
  and causes[redis.call('HGET', key.redis_key, 'why') or ''] or false
local key_blocked, account_blocked = is_blocked(key), is_blocked(unit)
if before == 'DRAINING' or not (failed or key_blocked or account_blocked) then
  return {'NOT_OUT', pool.now, pool.seq, pool.losses}
end

if action == 'claim' then
  Entity.load_more(key, {'asked_until_ms', 'asked_rest_ms'}, 0)
  local asked_until = key.asked_until_ms or 0
  if asked_until > pool.now_ms then return {'NOT_DUE', pool.now, pool.seq, pool.losses} end
  local rest = pool.now_ms - asked_until < longest_ms and 2 * (key.asked_rest_ms or 0) or 0
  rest = math.min(longest_ms, math.max(rest_ms, rest))
  redis.call('HSET', key.redis_key, 'asked_until_ms', pool.now_ms + rest, 'asked_rest_ms', rest)
  return {'CLAIMED', pool.now, pool.seq, pool.losses}
end

local after = failed and 'CLOSED' or before
local key_gate, overall_gate = Lease.gates(pool, unit, key)
if pool.waiting > 0 then Waiting.begin(pool) end
if failed then Breaker.history(key) end
pool.seq = pool.seq + 1
Pool.touch(pool)
if failed then
  Breaker.change(pool, key, after, 'health_check', 0)
  Breaker.forget(pool, key)
end
if key_blocked then Block.lift(key) end
if account_blocked then Block.lift(unit) end
Lease.store(pool, unit, key, {}, key_gate, overall_gate)
if account_blocked then
  Unit.place_others(pool, unit, function(other)
    if is_blocked(other) then Block.lift(other) end
  end)
end
Pool.log(pool, key_id, 'REVIVED', reason, 0, by)
if pool.waiting > 0 then Waiting.released(pool, nil, nil, {}) end
Pool.touch(pool)
return {'REVIVED', pool.now, pool.seq, pool.losses, before, after}
