--[[
  Takes back leases whose time is over. What they reserved stays charged: the provider may have counted it.

  Reap.expired(pool, ids)                   ends these leases
  Reap.forget(pool)                         drops a few of the marks of ended leases that nobody can ask for any more
]]
local Reap = {}

local SETTLED_MS, REAPED_MS = 10000, 900000

local function forget_before(redis_key, oldest_ms)
  local old = redis.call('ZRANGE', redis_key, '-inf', '(' .. string.format('%d', oldest_ms), 'BYSCORE', 'LIMIT', 0, 32)
  if #old > 0 then redis.call('ZREM', redis_key, unpack(old)) end
end

function Reap.forget(pool)
  forget_before(pool.prefix .. 'settled', pool.now_ms - SETTLED_MS)
  forget_before(pool.prefix .. 'reaped', pool.now_ms - REAPED_MS)
end

-- All that is read of them is read before the first write.
local function owners(pool, lease)
  local unit, key, budgets, moved = Lease.owners(pool, lease)
  if lease.probe and (key or moved) then Breaker.history(key or moved) end
  return unit, key, budgets, moved
end

local function reap_one(pool, id)
  local lease = Lease.parse(redis.call('HGET', pool.prefix .. 'holders', id) or '')
  local sound, unit, key, budgets, moved = false, nil, nil, nil, nil
  if lease then sound, unit, key, budgets, moved = pcall(owners, pool, lease) end
  redis.call('ZREM', pool.prefix .. 'leases', id)
  redis.call('HDEL', pool.prefix .. 'holders', id)
  redis.call('ZADD', pool.prefix .. 'reaped', pool.now_ms, id)
  redis.call('ZADD', pool.prefix .. 'settled', pool.now_ms, id)
  redis.call('HINCRBY', pool.meta_key, 'reaped', 1)
  if not sound then return end
  local key_gate, overall_gate = Lease.gates(pool, unit, key)
  Lease.release(unit, key, budgets)
  if lease.probe and (key or moved) then Breaker.gone(pool, key or moved, id) end
  local wakes = pool.waiting > 0
  if wakes then Waiting.begin(pool) end
  Lease.store(pool, unit, key, budgets, key_gate, overall_gate)
  if moved then Lease.leave(pool, moved) end
  if wakes then Waiting.released(pool, unit, key, budgets) end
end

function Reap.expired(pool, ids)
  if not pool.touched then Pool.touch(pool) end
  for _, id in ipairs(ids) do reap_one(pool, id) end
  Reap.forget(pool)
end
