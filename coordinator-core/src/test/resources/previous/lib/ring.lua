--[[
  Sliding windows of requests: never more than the limit in any span of a period. Calls are counted in 60 slots of the
  period; a slot counts, whole, until its last instant is one period old. Times are in the limit's unit.

  State: field '<hash of the owner> <name>' of the hash windows, 'slot:count slot:count ...' in ascending order.

  Ring.load(pool, owner, limit) -> slots, id         as stored or as changed by this script
  Ring.change(pool, owner, limit, slot, change, now) counts more or fewer calls in a slot
  Ring.clear(pool, owner, limit)                     forgets what has been counted
  Ring.earliest(pool, owner, limit, cost) -> instant       0 if so many calls are admitted now, 1 to the limit
  Ring.left(pool, owner, limit, now) -> calls
]]
local Ring = {}

Ring.SLOTS = 60

-- Ring: slots in ascending order, as loaded or as changed by this script.
function Ring.load(pool, owner, limit)
  local id = string.sub(owner.redis_key, #pool.prefix + 1) .. ' ' .. limit.name
  if not pool.rings then pool.rings = {} end
  local ring = pool.rings[id]
  if ring then return ring, id end
  ring = {}
  for slot, count in string.gmatch(redis.call('HGET', pool.prefix .. 'windows', id) or '', '(%d+):(%d+)') do
    ring[#ring + 1] = {tonumber(slot), tonumber(count)}
  end
  pool.rings[id] = ring
  return ring, id
end

-- A slot counts, whole, until its last instant is one period old.
function Ring.exit(limit, slot)
  local width = math.ceil(limit.period / Ring.SLOTS)
  return (slot + 1) * width + limit.period
end

function Ring.change(pool, owner, limit, slot, change, now)
  local ring, id = Ring.load(pool, owner, limit)
  local kept, placed = {}, false
  for _, entry in ipairs(ring) do
    if entry[1] > slot and not placed then
      if change > 0 then kept[#kept + 1] = {slot, change} end
      placed = true
    end
    local count = entry[2]
    if entry[1] == slot then
      count = count + change
      placed = true
    end
    if count > 0 and Ring.exit(limit, entry[1]) > now then kept[#kept + 1] = {entry[1], count} end
  end
  if not placed and change > 0 then kept[#kept + 1] = {slot, change} end
  Ring.set(pool, id, kept)
end

function Ring.set(pool, id, ring)
  if not pool.rings_changed then pool.rings_changed = {} end
  pool.rings[id], pool.rings_changed[id] = ring, true
end

function Ring.clear(pool, owner, limit)
  local _, id = Ring.load(pool, owner, limit)
  if #pool.rings[id] > 0 then Ring.set(pool, id, {}) end
end

-- No more than limit - cost others newer than one period: the next newest of them has to leave.
function Ring.earliest(pool, owner, limit, cost)
  local ring = Ring.load(pool, owner, limit)
  local newer = 0
  for i = #ring, 1, -1 do
    newer = newer + ring[i][2]
    if newer + cost > limit.limit then return Ring.exit(limit, ring[i][1]) end
  end
  return 0
end

function Ring.left(pool, owner, limit, now)
  local left = limit.limit
  for _, entry in ipairs((Ring.load(pool, owner, limit))) do
    if Ring.exit(limit, entry[1]) > now then left = left - entry[2] end
  end
  return math.max(0, left)
end
