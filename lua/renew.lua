--[[
  renew: move the expiry of leases to a full life from now. Leases that have ended are named, and left alone.

  KEYS[1]  meta    hash of the pool; other Redis keys: leases

  ARGV[1]   now_us      '' for the server's clock; a number in tests
  ARGV[2]   ttl_ms      1 to 3600000
  ARGV[3]   lease_ids   1 to 1000, joined by commas

  Reply    {'RENEWED', now_us, seq, epoch, expires_ms, ended}    ended: the ids that are not held, joined by commas
           {'NO_POOL'} {'NEWER_SCHEMA', schema}                  as in acquire.lua
  Error    BADARG                                                an argument is missing or out of range
]]

--- @include "lib/args"
--- @include "lib/clock"
--- @include "lib/entity"
--- @include lazily "lib/calendar"
--- @include lazily "lib/ring"
--- @include lazily "lib/fixed"
--- @include "lib/limit"
--- @include "lib/pool"

local ttl_ms = Args.integer('ttl_ms', ARGV[2], 1, 3600000)
local ids = Args.word('lease_ids', ARGV[3], '[%w._,-]+')

local pool, refusal = Pool.open(KEYS[1], ARGV[1])
if not pool then return refusal end

local leases, expires_ms, ended = pool.prefix .. 'leases', pool.now_ms + ttl_ms, {}
for id in string.gmatch(ids, '[^,]+') do
  local until_ms = tonumber(redis.call('ZSCORE', leases, id) or -1)
  if until_ms < pool.now_ms then
    ended[#ended + 1] = id
  elseif until_ms < expires_ms then
    redis.call('ZADD', leases, expires_ms, id)
  end
end
return {'RENEWED', pool.now, pool.seq, pool.epoch, expires_ms, table.concat(ended, ',')}
