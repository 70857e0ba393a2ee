--[[
  operate: take a key out of service or bring it back, as an operator says. Leases that are out go on and settle.

  KEYS[1]  meta    hash of the pool; other Redis keys as in acquire.lua

  ARGV[1]   now_us     '' for the server's clock; a number in tests
  ARGV[2]   action     drain   no new leases
                       enable  back into service, whatever took it out; its errors and repeats are forgotten
                       reset   enable, and the blocks of the key and its account end; what limits have counted stays
                       rotate  the key has a new secret: back into service unless it is drained, and no result of a lease
                               that is out now counts against it
  ARGV[3]   key_id
  ARGV[4]   by         who says so, 1 to 64 characters without control characters
  ARGV[5]   reason     for the log, 1 to 200 characters without control characters

  Reply    {'CHANGED', now_us, seq, losses, before, after}      states of the key's breaker
           {'UNCHANGED', now_us, seq, losses, before, after}    nothing was to be done
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
if action ~= 'drain' and action ~= 'enable' and action ~= 'reset' and action ~= 'rotate' then
  Args.bad('action', action, 'drain, enable, reset or rotate')
end
local key_id = Args.word('key_id', ARGV[3], '[%w._-]+')
local by, reason = Args.note(ARGV[4], ARGV[5])

local pool, refusal = Pool.open(KEYS[1], ARGV[1])
if not pool then return refusal end

local unit, key = Unit.of_key(pool, key_id)
if not key then return {'NO_KEY', pool.now, pool.seq, pool.losses} end

local before = key.state
local blocked = action == 'reset' and ((key.blocked_until_ms or 0) > pool.now_ms or Block.on_account(pool, unit))
local rotated = action == 'rotate'
local after = (action == 'drain' or rotated and before == 'DRAINING') and 'DRAINING' or 'CLOSED'
if before == after and not blocked and not rotated then
  return {'UNCHANGED', pool.now, pool.seq, pool.losses, before, after}
end

local key_gate, overall_gate = Lease.gates(pool, unit, key)
if pool.waiting > 0 then Waiting.begin(pool) end
local changes = before ~= after or rotated
if changes then Breaker.history(key) end
pool.seq = pool.seq + 1
Pool.touch(pool)
if changes then
  Breaker.change(pool, key, after, 'operator', 0)
  if rotated then Entity.set(key, 'secret_gen', key.gen) end
  if rotated or after == 'CLOSED' then
    Breaker.forget(key)
    Entity.set(key, 'trips', 0)
  end
end
if action == 'reset' then Block.lift(key) end
Lease.store(pool, unit, key, {}, key_gate, overall_gate)
if action == 'reset' then Block.lift_account(pool, unit) end
Pool.log(pool, key_id, rotated and 'ROTATED' or after, reason, 0, by)
if pool.waiting > 0 then Waiting.released(pool, nil, nil, {}) end
Pool.touch(pool)
return {'CHANGED', pool.now, pool.seq, pool.losses, before, after}
