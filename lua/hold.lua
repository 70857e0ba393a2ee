--[[
  hold: leases that their worker still uses, and Redis has lost: they take their slots again. Nothing is charged for them, for
  the limits that had counted them begin empty after a loss, and nothing of what they had reserved is given back when they end.
  What is known already, and what has ended, is left alone.

  KEYS[1]  meta    hash of the pool; other Redis keys as in acquire.lua

  ARGV[1]   now_us      '' for the server's clock; a number in tests
  ARGV[2]   ttl_ms      how long they live from now, 1 to 3600000
  ARGV[3+]  leases      at most 100: id and record, as acquire replied it but with probe=0, no stamps and no paces, after a blank

  Reply    {'HELD', now_us, seq, losses, expires_ms, taken}   taken: ids of those that have their slots again, joined by commas
           {'NO_POOL'} {'NEWER_SCHEMA', schema}               as in acquire.lua
  Error    BADARG                                             an argument is missing or out of range
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
--- @include lazily "lib/breaker"
--- @include "lib/lease"

local MOST = 100

local ttl_ms = Args.integer('ttl_ms', ARGV[2], 1, 3600000)
if #ARGV < 3 or #ARGV - 2 > MOST then Args.bad('leases', #ARGV - 2, string.format('1 to %d', MOST)) end

local function read(text)
  local id, record = string.match(text, '^(%w[%w._-]*) (.*)$')
  local lease = Lease.parse(record or '')
  if not lease or lease.probe or lease.v ~= '' or lease.paces ~= '' then
    Args.bad('lease', text, 'an id and a record without stamps')
  end
  return id, record, lease
end

local function is_known(pool, id)
  for _, list in ipairs({'leases', 'settled', 'reaped'}) do
    if redis.call('ZSCORE', pool.prefix .. list, id) then return true end
  end
  return false
end

-- Groups may have got other numbers since.
local function owners(pool, lease)
  lease.group = redis.call('HGET', pool.prefix .. lease.unit, 'group')
  if not lease.group then return nil end
  return Lease.owners(pool, lease)
end

local function hold_one(owner)
  Entity.set(owner, 'in_flight', (owner.in_flight or 0) + 1)
end

local function hold(pool, id, record, lease, expires_ms)
  local sound, unit, key, budgets = pcall(owners, pool, lease)
  if not sound then
    Pool.log(pool, id, 'LEFT_ALONE', Damage.text(unit), 0)
    return false
  end
  if not unit or not key then return false end
  local key_gate, overall_gate = Lease.gates(pool, unit, key)
  pool.seq = pool.seq + 1
  Pool.touch(pool)
  hold_one(unit)
  if key ~= unit then hold_one(key) end
  for _, budget in ipairs(budgets) do hold_one(budget) end
  Lease.store(pool, unit, key, budgets, key_gate, overall_gate)
  redis.call('ZADD', pool.prefix .. 'leases', expires_ms, id)
  redis.call('HSET', pool.prefix .. 'holders', id, (string.gsub(record, ' group=%d+ ', ' group=' .. lease.group .. ' ')))
  return true
end

local leases = {}
for i = 3, #ARGV do leases[i - 2] = {read(ARGV[i])} end
local pool, refusal = Pool.open(KEYS[1], ARGV[1])
if not pool then return refusal end

local taken, expires_ms = {}, pool.now_ms + ttl_ms
for _, lease in ipairs(leases) do
  if not is_known(pool, lease[1]) and hold(pool, lease[1], lease[2], lease[3], expires_ms) then
    taken[#taken + 1] = lease[1]
  end
end
if #taken > 0 then Pool.log(pool, 'pool', 'HELD_AGAIN', string.format('%d_leases', #taken), 0) end
return {'HELD', pool.now, pool.seq, pool.losses, expires_ms, table.concat(taken, ',')}
