--[[
  Leases: the record that acquire writes and settle gets back, and what ends a lease without its holder.

  Record (field of the hash holders, and what the worker echoes):
    key=<id> worker=<id> tokens=<n> since=<ms> unit=<id> group=<n> start=<us> gen=<n> probe=<0|1> v=<stamps>
  The stamps are those of limit_charge, joined by commas: first of the unit's limits, then of the key's own.

  Lease.record(lease) -> text
  Lease.parse(text) -> lease, or nil if it is not of this form
  Lease.release(unit, key)                  one call fewer in flight
  Lease.store(pool, unit, key, gate_before) stores and places both; gate_before: of the key, before all changes
  Lease.reap(pool, most) -> how many        ends leases whose time is over; what they reserved stays charged
  Lease.forget(pool)                        drops a few of the marks of ended leases that nobody can ask for any more
]]
local Lease = {}

local SETTLED_MS, REAPED_MS = 10000, 900000

function Lease.record(lease)
  local stamps = {}
  for i, stamp in ipairs(lease.stamps) do stamps[i] = string.format('%d', stamp) end
  return string.format(
    'key=%s worker=%s tokens=%d since=%d unit=%s group=%s start=%d gen=%d probe=%d v=%s',
    lease.key, lease.worker, lease.tokens, lease.since, lease.unit, lease.group, lease.start, lease.gen,
    lease.probe and 1 or 0, table.concat(stamps, ','))
end

function Lease.parse(text)
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
function Lease.owners(pool, lease)
  local unit = Unit.load(pool, lease.unit, lease.group)
  if not unit then return nil, nil end
  if unit.group ~= lease.group then
    unit = Unit.load(pool, lease.unit, unit.group)
    lease.stamps = {}
  end
  if unit.single then
    local key = Unit.only_key(pool, unit)
    return unit, key
  end
  return unit, Key.load(pool, lease.key)
end

function Lease.release(unit, key)
  Entity.set(unit, 'in_flight', math.max(0, (unit.in_flight or 0) - 1))
  if key and key ~= unit then Entity.set(key, 'in_flight', math.max(0, (key.in_flight or 0) - 1)) end
end

-- Stores what a lease's end has changed, and places the unit, the key and, if the key's gate has moved, the other
-- classes of the account.
function Lease.store(pool, unit, key, gate_before)
  if key then
    if key ~= unit then
      Key.place(pool, unit, key)
      Entity.save(key)
    end
    if Key.gate(pool, key) ~= gate_before then Unit.place_others(pool, unit) end
  end
  Unit.place(pool, unit)
  Entity.save(unit)
  Pool.write_rings(pool)
end

function Lease.forget_before(redis_key, oldest_ms)
  local old = redis.call('ZRANGE', redis_key, '-inf', '(' .. string.format('%d', oldest_ms), 'BYSCORE', 'LIMIT', 0, 4)
  if #old > 0 then redis.call('ZREM', redis_key, unpack(old)) end
end

function Lease.forget(pool)
  Lease.forget_before(pool.prefix .. 'settled', pool.now_ms - SETTLED_MS)
  Lease.forget_before(pool.prefix .. 'reaped', pool.now_ms - REAPED_MS)
end

function Lease.reap(pool, most)
  local expired = redis.call('ZRANGE', pool.prefix .. 'leases', '-inf', pool.now_ms, 'BYSCORE', 'LIMIT', 0, most)
  if #expired == 0 then return 0 end
  if not pool.touched then Pool.touch(pool) end
  for _, id in ipairs(expired) do Reap.one(Lease, pool, id) end
  Lease.forget(pool)
  return #expired
end
