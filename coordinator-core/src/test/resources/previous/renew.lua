--[[
  renew: move the expiry of leases to a full life from now. Leases that have ended are named, and left alone; so are those
  that have not started yet and can no longer be used, because their key or account has left service meanwhile, or the pool
  is switched off.

  KEYS[1]  meta    hash of the pool; other Redis keys: leases, holders, key:<id>, account:<id>[/n]

  ARGV[1]   now_us      '' for the server's clock; a number in tests
  ARGV[2]   ttl_ms      1 to 3600000
  ARGV[3]   lease_ids   at most 1000 leases to renew, joined by commas
  ARGV[4]   waiting     at most 1000 leases that have not started, to be looked at, joined by commas

  Reply    {'RENEWED', now_us, seq, losses, expires_ms, ended, lost}   ended: ids that are not held; lost: ids of waiting that
                                                                        have ended or cannot be used; joined by commas
           {'NO_POOL'} {'NEWER_SCHEMA', schema}                        as in acquire.lua
  Error    BADARG                                                      an argument is missing or out of range
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
--- @include lazily "lib/gate"
--- @include lazily "lib/budget"
--- @include lazily "lib/key"
--- @include lazily "lib/unit"
--- @include lazily "lib/breaker"
--- @include lazily "lib/lease"

local ttl_ms = Args.integer('ttl_ms', ARGV[2], 1, 3600000)
local ids = Args.word('lease_ids', ARGV[3], '[%w._,-]*')
local waiting = Args.word('waiting', ARGV[4], '[%w._,-]*')

local pool, refusal = Pool.open(KEYS[1], ARGV[1])
if not pool then return refusal end
if pool.stepped then Pool.touch(pool) end

-- Whether a lease that lies ahead can no longer be used when it starts.
local function is_lost(id)
  if pool.switch == 'deny' then return true end
  local lease = Lease.parse(redis.call('HGET', pool.prefix .. 'holders', id) or '')
  if not lease then return true end
  local unit, key = Lease.owners(pool, lease)
  if not unit or not key or key.state ~= 'CLOSED' or key.gen ~= lease.gen then return true end
  local blocked_ms = math.max(key.blocked_until_ms or 0, unit.blocked_until_ms or 0)
  return blocked_ms * 1000 > tonumber(lease.start)
end

local leases, expires_ms, ended, lost = pool.prefix .. 'leases', pool.now_ms + ttl_ms, {}, {}
for id in string.gmatch(ids, '[^,]+') do
  local until_ms = tonumber(redis.call('ZSCORE', leases, id) or -1)
  if until_ms < pool.now_ms then
    ended[#ended + 1] = id
  elseif until_ms < expires_ms then
    redis.call('ZADD', leases, expires_ms, id)
  end
end
for id in string.gmatch(waiting, '[^,]+') do
  if is_lost(id) then lost[#lost + 1] = id end
end
return {'RENEWED', pool.now, pool.seq, pool.losses, expires_ms, table.concat(ended, ','), table.concat(lost, ',')}
