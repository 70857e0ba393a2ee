--[[
  Limits that are counted in windows, sliding (ring) or fixed: what lib/limit has for buckets. All but earliest and
  charge take the present instant in the limit's unit.

  Window.earliest(pool, owner, limit, cost, time) -> first instant >= time (us) that admits it
  Window.charge(pool, owner, limit, cost, start, now) -> v
  Window.refund(pool, owner, limit, cost, v, now)
  Window.left(pool, owner, limit, now) -> whole units left now
]]
local Window = {}

function Window.earliest(pool, owner, limit, cost, time)
  if cost > limit.limit then return pool.NEVER end
  local earliest
  if limit.mode == 'ring' then
    earliest = Ring.earliest(pool, owner, limit, cost)
  else
    earliest = Fixed.earliest(owner, limit, cost, math.floor(time / limit.unit))
  end
  return math.max(time, earliest * limit.unit)
end

function Window.charge(pool, owner, limit, cost, start, now)
  local current = math.floor(now / limit.unit)
  if limit.mode ~= 'ring' then return Fixed.add(owner, limit, cost, math.floor(start / limit.unit), current) end
  local slot = math.floor(math.ceil(start / limit.unit) / math.ceil(limit.period / Ring.SLOTS))
  Ring.change(pool, owner, limit, slot, cost, current)
  return slot
end

function Window.refund(pool, owner, limit, cost, v, now)
  if limit.mode == 'ring' then
    Ring.change(pool, owner, limit, v, -cost, now)
  else
    Fixed.subtract(owner, limit, cost, v, now)
  end
end

function Window.left(pool, owner, limit, now)
  if limit.mode == 'ring' then return Ring.left(pool, owner, limit, now) end
  return math.max(0, limit.limit - Fixed.used(owner, limit, Calendar.index(limit.mode, now, limit.period)))
end
