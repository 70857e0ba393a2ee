--[[
  report: what the provider has told about a key outside of any call: for how long it is of no use, and what is left of the
  limits that its account has for some models. Makes nothing looser.

  KEYS[1]  meta    hash of the pool; other Redis keys as in acquire.lua

  ARGV[1]   now_us     '' for the server's clock; a number in tests
  ARGV[2]   key_id
  ARGV[3]   block_ms   how long the key rests from now, 0 to 2764800000
  ARGV[4]   why        a word for operators, 1 to 64 of letters, digits and _.-
  ARGV[5]   models     the pattern of the account's class that learns, or '' for none
  ARGV[6]   learnt     what it learns, as in settle.lua; '' for nothing

  Reply    {'TAKEN', now_us, seq, losses}
           {'NO_KEY', now_us, seq, losses}        the pool has no such key
           {'NO_POOL'} {'NEWER_SCHEMA', schema}   as in acquire.lua
  Error    BADARG                                 an argument is missing or out of range
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
--- @include lazily "lib/learning"
--- @include "lib/gate"
--- @include lazily "lib/budget"
--- @include lazily "lib/key"
--- @include "lib/unit"
--- @include lazily "lib/breaker"
--- @include "lib/block"
--- @include "lib/lease"

local key_id = Args.word('key_id', ARGV[2], '[%w._-]+')
local block_ms = Args.integer('block_ms', ARGV[3], 0, 2764800000)
local why = Args.word('why', ARGV[4], '[%w_.-]+')
if #why > 64 then Args.bad('why', why, 'at most 64 characters') end
local models = Args.word('models', ARGV[5], '%S*')
local learnt = ARGV[6] ~= '' and Learning.items(ARGV[6]) or {}

local pool, refusal = Pool.open(KEYS[1], ARGV[1])
if not pool then return refusal end
local unit, key = Unit.of_key(pool, key_id)
if not key then return {'NO_KEY', pool.now, pool.seq, pool.losses} end

local function learns(owner)
  return models ~= '' and redis.call('HGET', owner.redis_key, 'models') == models
end

local key_gate, overall_gate = Lease.gates(pool, unit, key)
pool.seq = pool.seq + 1
Pool.touch(pool)
if block_ms > 0 then Block.set(pool, unit, key, 'key', pool.now_ms + block_ms, why) end
if learns(unit) then Learning.apply(pool, unit, learnt, pool.now) end
Lease.store(pool, unit, key, {}, key_gate, overall_gate)
Unit.place_others(pool, unit, function(other)
  if learns(other) then Learning.apply(pool, other, learnt, pool.now) end
end)
if block_ms > 0 then Pool.log(pool, key_id, 'BLOCKED', why, pool.now_ms + block_ms) end
Pool.touch(pool)
return {'TAKEN', pool.now, pool.seq, pool.losses}
