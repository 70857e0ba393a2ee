--[[
  inspect: what a person wants to know of a pool, as of now. Reads only.

  KEYS[1]  meta    hash of the pool; other Redis keys as in acquire.lua

  ARGV[1]   now_us      '' for the server's clock; a number in tests
  ARGV[2]   what        pool | members | entities | leases
  ARGV[3+]  entities    ids, at most 200: 'key:<id>', 'account:<id>[/n]', 'tenant:<id>[/n]', 'pool'
            leases      how many at most, 1 to 10000

  Reply    {'POOL', now_us, name, value, ...}              of the meta hash, with keys, accounts, leases and overdue
           {'MEMBERS', now_us, ids ...}                    of all units, keys and budgets, in no order
           {'ENTITIES', now_us, {id, name, value, ...} ...}  each hash, with what its limits have left now; only the id
                                                           for one that does not exist
           {'LEASES', now_us, {id, expires_ms, record} ...}  the first to expire first
           {'NO_POOL'} {'NEWER_SCHEMA', schema}            as in acquire.lua
  Error    BADARG                                          an argument is missing or out of range
]]

--- @include "lib/args"
--- @include "lib/entity"
--- @include lazily "lib/calendar"
--- @include lazily "lib/ring"
--- @include lazily "lib/fixed"
--- @include lazily "lib/window"
--- @include "lib/limit"
--- @include "lib/pool"

local what = Args.word('what', ARGV[2], '%a+')
local pool, refusal = Pool.open(KEYS[1], ARGV[1])
if not pool then return refusal end
local prefix = pool.prefix

local function entity_reply(id)
  local reply, owner = {id}, {redis_key = prefix .. id}
  local fields = redis.call('HGETALL', prefix .. id)
  for i = 1, #fields, 2 do owner[fields[i]] = tonumber(fields[i + 1]) or fields[i + 1] end
  owner.group, owner.profile = redis.call('HGET', prefix .. id, 'group'), redis.call('HGET', prefix .. id, 'profile')
  local profile = owner.group or owner.profile
  local limits = profile and profile ~= '' and Pool.limits(pool, profile) or {}
  local left = {}
  for _, limit in ipairs(limits) do
    left[limit.name .. '_left'] = string.format('%.0f', Limit.left(pool, owner, limit, pool.now))
    left[limit.name .. '_dimension'] = limit.dimension
    left[limit.name .. '_limit'] = string.format('%.0f', limit.whole)
    left[limit.name .. '_period_us'] = string.format('%.0f', limit.period * limit.unit)
  end
  for name, value in pairs(left) do
    owner[name] = nil
    reply[#reply + 1], reply[#reply + 2] = name, value
  end
  for i = 1, #fields, 2 do
    if not left[fields[i]] then reply[#reply + 1], reply[#reply + 2] = fields[i], fields[i + 1] end
  end
  return reply
end

if what == 'pool' then
  local reply = {'POOL', pool.now}
  for _, word in ipairs(redis.call('HGETALL', KEYS[1])) do reply[#reply + 1] = word end
  local counts = {
    'keys', redis.call('SCARD', prefix .. 'keys') - 1, 'accounts', redis.call('SCARD', prefix .. 'accounts') - 1,
    'leases', redis.call('ZCARD', prefix .. 'leases') - 1,
    'overdue', redis.call('ZCOUNT', prefix .. 'leases', '-inf', pool.now_ms)}
  for _, word in ipairs(counts) do reply[#reply + 1] = tostring(word) end
  return reply
end

if what == 'members' then
  local reply = {'MEMBERS', pool.now}
  for _, id in ipairs(redis.call('SMEMBERS', prefix .. 'accounts')) do
    if id ~= '-' then reply[#reply + 1] = id end
  end
  for _, id in ipairs(redis.call('SMEMBERS', prefix .. 'keys')) do
    if id ~= '-' then reply[#reply + 1] = 'key:' .. id end
  end
  for _, id in ipairs(redis.call('SMEMBERS', prefix .. 'budgets')) do
    if id ~= '-' then reply[#reply + 1] = id end
  end
  return reply
end

if what == 'entities' then
  local reply = {'ENTITIES', pool.now}
  for i = 3, math.min(#ARGV, 202) do
    reply[#reply + 1] = entity_reply(Args.word('id', ARGV[i], '%a+:?[%w._/-]*'))
  end
  return reply
end

local most = Args.integer('leases', ARGV[3], 1, 10000)
local reply = {'LEASES', pool.now}
local list = redis.call('ZRANGE', prefix .. 'leases', 0, most - 1, 'WITHSCORES')
for i = 1, #list, 2 do
  if list[i] ~= '-' then
    reply[#reply + 1] = {list[i], tonumber(list[i + 1]), redis.call('HGET', prefix .. 'holders', list[i]) or ''}
  end
end
return reply
