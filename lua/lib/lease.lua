--[[
  Leases: the record that acquire writes and settle gets back, and what ends a lease without its holder.

  Record (field of the hash holders, and what the worker echoes):
    key=<id> worker=<id> tokens=<n> input=<n> money=<n> since=<ms> unit=<id> group=<n> start=<us> gen=<n> probe=<0|1>
    budgets=<ids> v=<stamps>[ pace=<eighths>]       in one line; tokens in all, of which input; money in millionths of a dollar
  The stamps are those of Limit.charge, joined by commas: of the unit's limits, then after a semicolon of the key's own
  if it has some, then so of each budget's. The paces are those of lib/learning at which the unit's limits were charged.

  Lease.parse(text) -> lease, or nil if it is not of this form
  Lease.budgets(pool, lease) -> list of those that are still configured and sound; what is wrong with others, by id
  Lease.owners(pool, lease, also) -> unit, key, budgets     unit and key may be nil: gone from the configuration.
                                                    A fourth reply is the key, if it belongs elsewhere by now.
                                                    also: names of further numbers of the key, or nil
  Lease.leave(pool, key)                            one call fewer in flight of a key that belongs elsewhere, stored and placed
  Lease.stamps(lease, position, owner) -> stamps of an owner's limits: 1 the unit's, 2 those of a key of its own, and
                                                    budget.position those of a budget
  Lease.paces(lease, owner) -> of the unit's limits      eighths; empty if none was slowed down
  Lease.release(unit, key, budgets)                 one call fewer in flight
  Lease.gates(pool, unit, key) -> instant, instant  of a key that serves several classes of its account, and of what the
                                                    account has overall
  Lease.store(pool, unit, key, budgets, key_gate, overall_gate)     stores and places them; the gates are those before all changes
]]
local Lease = {}

function Lease.parse(text)
  local key, tokens, input, money, unit, group, start, gen, probe, budgets, stamps, rest = string.match(text,
    '^key=([%w._-]+) worker=[%w._-]+ tokens=(%d+) input=(%d+) money=(%d+) since=%d+ unit=([%w._:/-]+) group=(%d+) '
    .. 'start=(%d+) gen=(%d+) probe=([01]) budgets=([%w._:/,-]*) v=([%d,;]*)(.*)$')
  local paces = rest == '' and '' or string.match(rest or '', '^ pace=([1-8,]+)$')
  if not key or not paces then return nil end
  return {key = key, cost = Limit.cost(tonumber(input), tokens - input, tonumber(money)), unit = unit, group = group,
    start = start, gen = tonumber(gen), probe = probe == '1', budgets = budgets, v = stamps, paces = paces}
end

-- The limits of an owner may be others by now: then their stamps mean nothing any more, and nothing is given back by them.
function Lease.stamps(lease, position, owner)
  local list, n = {}, 0
  local at, text = 1, lease.v
  for _ = 2, position do
    at = string.find(text, ';', at, true)
    if not at then return list end
    at = at + 1
  end
  for stamp in string.gmatch(string.match(text, '^[^;]*', at), '%d+') do
    n = n + 1
    list[n] = tonumber(stamp)
  end
  return n == #owner.limits and list or {}
end

function Lease.paces(lease, owner)
  local list = {}
  for eighths in string.gmatch(lease.paces, '%d') do list[#list + 1] = tonumber(eighths) end
  return #list == #owner.limits and list or {}
end

-- Some may be gone from the configuration: the stamps of the others are told by their place in the record. One that is
-- damaged keeps what it has, and is named in the log: it must not hold up its account.
function Lease.budgets(pool, lease)
  local list, damaged = {}, {}
  local _, semicolons = string.gsub(lease.v, ';', ';')
  local _, ids = string.gsub(lease.budgets, '[^,]+', '')
  local position = semicolons + 1 - ids
  for id in string.gmatch(lease.budgets, '[^,]+') do
    position = position + 1
    local sound, budget = pcall(Budget.load, pool, id)
    if not sound then
      damaged[id] = Damage.text(budget)
    elseif budget then
      budget.position = position
      list[#list + 1] = budget
    end
  end
  return list, damaged
end

local function moved_key(pool, id)
  local _, key = Unit.of_key(pool, id)
  return key
end

function Lease.owners(pool, lease, also)
  local budgets, damaged = {}, nil
  if lease.budgets ~= '' then
    budgets, damaged = Lease.budgets(pool, lease)
    pool.damaged = next(damaged) and damaged
  end
  local unit = Unit.load(pool, lease.unit, lease.group, also)
  if not unit then return nil, nil, budgets, moved_key(pool, lease.key) end
  if unit.group ~= lease.group then
    unit = Unit.load(pool, lease.unit, unit.group, also)
    lease.v = string.gsub(lease.v, '^[^;]*', '')
    lease.paces = ''
  end
  if unit.implicit then return unit, unit, budgets end
  if unit.has_overall == 1 then
    local overall = 'account:' .. unit.account .. '/overall'
    if damaged and damaged[overall] then unit.shared = false end
    for _, budget in ipairs(budgets) do
      if budget.id == overall then unit.shared = budget end
    end
    Unit.overall(pool, unit)
  end
  local key = Key.load(pool, lease.key, also)
  if not key or key.account ~= unit.account then return unit, nil, budgets, moved_key(pool, lease.key) end
  if unit.key == lease.key then unit.own_key = key end
  return unit, key, budgets
end

local function release_one(owner)
  Entity.set(owner, 'in_flight', math.max(0, (owner.in_flight or 0) - 1))
end

function Lease.release(unit, key, budgets)
  if unit then release_one(unit) end
  if key and key ~= unit then release_one(key) end
  for _, budget in ipairs(budgets) do release_one(budget) end
end

function Lease.gates(pool, unit, key)
  if not unit or unit.implicit then return nil, nil end
  local overall = Unit.overall(pool, unit)
  return key and Gate.whole(pool, key), overall and Gate.whole(pool, overall)
end

-- When the gate of the key or of the account has moved, the other classes of the account move as well.
function Lease.store(pool, unit, key, budgets, key_gate, overall_gate)
  for _, budget in ipairs(budgets) do Entity.save(budget) end
  if pool.damaged then
    for id, text in pairs(pool.damaged) do Pool.log(pool, id, 'LEFT_ALONE', text, 0) end
    pool.damaged = nil
  end
  if not unit then
    if pool.rings_changed then Pool.write_rings(pool) end
    return
  end
  if key ~= unit then
    if key then
      Key.place(pool, unit, key)
      Entity.save(key)
    end
    local key_now, overall_now = Lease.gates(pool, unit, key)
    if key_now ~= key_gate or overall_now ~= overall_gate then Unit.place_others(pool, unit) end
  end
  Unit.place(pool, unit)
  Entity.save(unit)
  if pool.rings_changed then Pool.write_rings(pool) end
end

local function store_elsewhere(pool, id)
  local unit, key = Unit.of_key(pool, id)
  if unit then Lease.store(pool, unit, key, {}) end
end

-- The lease is over already, whatever is wrong with the units that the key has now.
function Lease.leave(pool, key)
  release_one(key)
  Entity.save(key)
  local sound, problem = pcall(store_elsewhere, pool, key.key_id)
  if not sound then Pool.log(pool, key.key_id, 'LEFT_ALONE', Damage.text(problem), 0) end
end
