--[[
  Leases: the record that acquire writes and settle gets back, and what ends a lease without its holder.

  Record (field of the hash holders, and what the worker echoes):
    key=<id> worker=<id> tokens=<n> since=<ms> unit=<id> group=<n> start=<us> gen=<n> probe=<0|1> v=<stamps>
  The stamps are those of limit_charge, joined by commas: first of the unit's limits, then of the key's own.

  lease_record(lease) -> text
  lease_parse(text) -> lease, or nil if it is not of this form
  lease_release(pool, unit, key)            one call fewer in flight
  lease_reap(pool, most) -> how many        ends leases whose time is over; what they reserved stays charged
  lease_forget(pool)                        drops a few of the marks of ended leases that nobody can ask for any more
]]
local SETTLED_MS, REAPED_MS = 10000, 900000

local function lease_record(lease)
  local stamps = {}
  for i, stamp in ipairs(lease.stamps) do stamps[i] = string.format('%.0f', stamp) end
  return string.format(
    'key=%s worker=%s tokens=%.0f since=%.0f unit=%s group=%s start=%.0f gen=%.0f probe=%d v=%s',
    lease.key, lease.worker, lease.tokens, lease.since, lease.unit, lease.group, lease.start, lease.gen,
    lease.probe and 1 or 0, table.concat(stamps, ','))
end

local function lease_parse(text)
  local key, worker, tokens, since, unit, group, start, gen, probe, stamps = string.match(text,
    '^key=([%w._-]+) worker=([%w._-]+) tokens=(%d+) since=(%d+) unit=([%w._:/-]+) group=(%d+) start=(%d+) gen=(%d+) probe=([01]) v=([%d,]*)$')
  if not key then return nil end
  local lease = {key = key, worker = worker, tokens = tonumber(tokens), since = tonumber(since), unit = unit,
    group = group, start = tonumber(start), gen = tonumber(gen), probe = probe == '1', stamps = {}}
  for stamp in string.gmatch(stamps, '%d+') do lease.stamps[#lease.stamps + 1] = tonumber(stamp) end
  return lease
end

-- The unit and the key of a lease; either may be gone from the configuration. Stamps of limits that have changed since
-- mean nothing any more, so nothing is given back by them.
local function lease_owners(pool, lease)
  local unit = unit_load(pool, lease.unit, lease.group)
  if not unit then return nil, nil end
  if unit.group ~= lease.group then
    unit = unit_load(pool, lease.unit, unit.group)
    lease.stamps = {}
  end
  if unit.single then
    local key = unit_only_key(pool, unit)
    return unit, key
  end
  return unit, key_load(pool, lease.key)
end

local function lease_release(unit, key)
  entity_set(unit, 'in_flight', math.max(0, (tonumber(unit.in_flight) or 0) - 1))
  if key and key ~= unit then entity_set(key, 'in_flight', math.max(0, (tonumber(key.in_flight) or 0) - 1)) end
end

local function lease_store(pool, unit, key)
  if key and key ~= unit then
    key_place(pool, unit, key)
    entity_save(key)
  end
  unit_place(pool, unit)
  entity_save(unit)
  pool_write_rings(pool)
end

local function lease_forget_before(redis_key, oldest_ms)
  local old = redis.call('ZRANGE', redis_key, '-inf', '(' .. string.format('%.0f', oldest_ms), 'BYSCORE', 'LIMIT', 0, 4)
  if #old > 0 then redis.call('ZREM', redis_key, unpack(old)) end
end

local function lease_forget(pool)
  lease_forget_before(pool.prefix .. 'settled', pool.now_ms - SETTLED_MS)
  lease_forget_before(pool.prefix .. 'reaped', pool.now_ms - REAPED_MS)
end

local function lease_reap_one(pool, id)
  local lease = lease_parse(redis.call('HGET', pool.prefix .. 'holders', id) or '')
  redis.call('ZREM', pool.prefix .. 'leases', id)
  redis.call('HDEL', pool.prefix .. 'holders', id)
  redis.call('ZADD', pool.prefix .. 'reaped', pool.now_ms, id)
  redis.call('HINCRBY', pool.meta_key, 'reaped', 1)
  local unit, key
  if lease then unit, key = lease_owners(pool, lease) end
  if not unit then return end
  lease_release(unit, key)
  if key and lease.probe and key.state == 'HALF_OPEN' and key.probe == id then
    breaker_probe_lost(pool, key)
    unit_place_others(pool, unit)
  end
  lease_store(pool, unit, key)
end

local function lease_reap(pool, most)
  local expired = redis.call('ZRANGE', pool.prefix .. 'leases', '-inf', pool.now_ms, 'BYSCORE', 'LIMIT', 0, most)
  if #expired == 0 then return 0 end
  if not pool.touched then pool_touch(pool) end
  for _, id in ipairs(expired) do lease_reap_one(pool, id) end
  lease_forget(pool)
  return #expired
end
