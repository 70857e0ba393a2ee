--[[
  Leases: the record that acquire writes and settle gets back, and what ends a lease without its holder.

  Record (field of the hash holders, and what the worker echoes):
    key=<id> worker=<id> tokens=<n> since=<ms> unit=<id> group=<n> start=<us> gen=<n> probe=<0|1> v=<stamps>
  The stamps are those of Limit.charge, joined by commas: first of the unit's limits, then of the key's own.

  Lease.parse(text) -> lease, or nil if it is not of this form
  Lease.owners(pool, lease, also) -> unit, key      either may be nil: gone from the configuration
                                                    also: names of further numbers of the key, or nil
  Lease.release(unit, key)                          one call fewer in flight
  Lease.gate(pool, unit, key) -> instant            of a key that serves several classes of its account
  Lease.store(pool, unit, key, gate_before)         stores and places both; gate_before: of the key, before all changes
]]
local Lease = {}

function Lease.parse(text)
  local key, tokens, unit, group, start, gen, probe, stamps = string.match(text,
    '^key=([%w._-]+) worker=[%w._-]+ tokens=(%d+) since=%d+ unit=([%w._:/-]+) group=(%d+) start=(%d+) gen=(%d+) probe=([01]) v=([%d,]*)$')
  if not key then return nil end
  local lease = {key = key, tokens = tonumber(tokens), unit = unit, group = group, start = start, gen = tonumber(gen),
    probe = probe == '1', stamps = {}}
  for stamp in string.gmatch(stamps, '%d+') do lease.stamps[#lease.stamps + 1] = tonumber(stamp) end
  return lease
end

-- Stamps of limits that have changed since mean nothing any more, so nothing is given back by them.
function Lease.owners(pool, lease, also)
  local unit = Unit.load(pool, lease.unit, lease.group, also)
  if not unit then return nil, nil end
  if unit.group ~= lease.group then
    unit = Unit.load(pool, lease.unit, unit.group, also)
    lease.stamps = {}
  end
  if unit.implicit then return unit, unit end
  local key = Key.load(pool, lease.key, also)
  if unit.key == lease.key then unit.own_key = key end
  return unit, key
end

function Lease.release(unit, key)
  Entity.set(unit, 'in_flight', math.max(0, (unit.in_flight or 0) - 1))
  if key and key ~= unit then Entity.set(key, 'in_flight', math.max(0, (key.in_flight or 0) - 1)) end
end

function Lease.gate(pool, unit, key)
  return key and key ~= unit and Key.gate(pool, key)
end

-- When the key's gate has moved, the other classes of its account move as well.
function Lease.store(pool, unit, key, gate_before)
  if key and key ~= unit then
    Key.place(pool, unit, key)
    Entity.save(key)
    if Key.gate(pool, key) ~= gate_before then Unit.place_others(pool, unit) end
  end
  Unit.place(pool, unit)
  Entity.save(unit)
  if pool.rings_changed then Pool.write_rings(pool) end
end
