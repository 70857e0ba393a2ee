--[[
  recover: make up for what Redis has lost again, because an older copy was restored or a replica took over that had not heard
  of everything. Every reply carries the pool's sequence, which only grows: a worker that gets a lower one than it had seen
  when it sent its call knows. It tells what it was charged for since: the limits of these owners whose windows are at most an
  hour begin as if they had just been used up. What longer windows have lost stays lost, and so does all else.

  The sequence goes on at the next multiple of 10^12, its epoch, so that the other workers know as well and tell what they know.

  KEYS[1]  meta    hash of the pool; other Redis keys as in acquire.lua, and accounts

  ARGV[1]   now_us     '' for the server's clock; a number in tests
  ARGV[2]   seen       the highest sequence that the caller has seen, 0 to 9000000000000000
  ARGV[3+]  owner      ids of units, keys and budgets that were charged in what is lost, at most 100; '' for none

  Reply    {'RECOVERED', now_us, seq, losses, from}   the owners are empty now; from: the sequence that the copy went on from
           {'WHOLE', now_us, seq, losses}        the caller has seen nothing that is lost
           {'NO_POOL'} {'NEWER_SCHEMA', schema}  as in acquire.lua
  Error    BADARG                                an argument is missing or out of range
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

local EPOCH = 1000000000000
local HOUR_US = 3600000000
local MOST = 100

local seen = Args.integer('seen', ARGV[2], 0, 9000000000000000)
if not ARGV[3] then Args.bad('owner', ARGV[3], 'an id or nothing') end
if #ARGV - 2 > MOST then Args.bad('owner', ARGV[#ARGV], string.format('at most %d', MOST)) end

local pool, refusal = Pool.open(KEYS[1], ARGV[1])
if not pool then return refusal end

local function epoch(sequence) return math.floor(sequence / EPOCH) end

local lost = seen - pool.seq
if lost <= 0 and epoch(seen) == epoch(pool.seq) then return {'WHOLE', pool.now, pool.seq, pool.losses} end
local from = tonumber(redis.call('HGET', pool.meta_key, 'recovered_from') or 0) or 0
if lost > 0 then
  from, pool.seq, pool.losses = pool.seq, (epoch(seen) + 1) * EPOCH, (epoch(seen) + 1) * EPOCH
  Pool.touch(pool)
  redis.call('HINCRBY', pool.meta_key, 'epoch', 1)
  redis.call('HSET', pool.meta_key, 'recovered_from', from)
  Pool.log(pool, 'pool', 'ROLLED_BACK', string.format('%.0f_operations', lost), 0)
end

-- The owner, and the unit of a key that is none itself.
local function read(id)
  local group = redis.call('SISMEMBER', pool.prefix .. 'accounts', id) == 1 and redis.call('HGET', pool.prefix .. id, 'group')
  if group then return Unit.load(pool, id, group), nil end
  local key_id = string.match(id, '^key:(.*)$')
  if not key_id then return Budget.load(pool, id), nil end
  local unit, key = Unit.of_key(pool, key_id)
  return unit and key, unit
end

-- Where a key cannot be read that the place of its unit depends on, nothing of that unit is stored.
local function empty(id)
  local owner, unit = read(id)
  if not owner then return end
  Limit.exhaust(pool, owner, HOUR_US)
  for _, limit in ipairs(owner.limits) do Entity.set(owner, limit.left, Limit.left(pool, owner, limit, pool.now)) end
  Entity.set(owner, 'as_of_ms', pool.now_ms)
  if unit then
    Key.place(pool, unit, owner)
  elseif owner.account then
    Unit.place(pool, owner)
  end
  Entity.save(owner)
end

for i = 3, #ARGV do
  if ARGV[i] ~= '' then
    local sound, problem = pcall(empty, ARGV[i])
    if not sound then Pool.log(pool, ARGV[i], 'LEFT_ALONE', Damage.text(problem), 0) end
  end
end
if pool.rings_changed then Pool.write_rings(pool) end
Pool.touch(pool)
return {'RECOVERED', pool.now, pool.seq, pool.losses, from}
