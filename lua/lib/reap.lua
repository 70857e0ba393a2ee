--[[
  Takes back a lease whose time is over. What it reserved stays charged: the provider may have counted it.

  Reap.one(Lease, pool, id)
]]
local Reap = {}

function Reap.one(Lease, pool, id)
  local lease = Lease.parse(redis.call('HGET', pool.prefix .. 'holders', id) or '')
  redis.call('ZREM', pool.prefix .. 'leases', id)
  redis.call('HDEL', pool.prefix .. 'holders', id)
  redis.call('ZADD', pool.prefix .. 'reaped', pool.now_ms, id)
  redis.call('ZADD', pool.prefix .. 'settled', pool.now_ms, id)
  redis.call('HINCRBY', pool.meta_key, 'reaped', 1)
  local unit, key
  if lease then unit, key = Lease.owners(pool, lease) end
  if not unit then return end
  local gate_before = key and Key.gate(pool, key)
  Lease.release(unit, key)
  if key and lease.probe and key.state == 'HALF_OPEN' then
    Breaker.history(key)
    if key.probe == id then Breaker.probe_lost(pool, key) end
  end
  Lease.store(pool, unit, key, gate_before)
end
