--[[
  A hash that a script has loaded in part: its fields as text or number, and those it has changed.

  Entity.load(redis_key, id, names) -> entity        id is what the indexes call it
  Entity.load_more(entity, names)                    further fields; what the script has set already stands
  Entity.set(entity, name, value)                    seen by later reads of this script; stored by entity_save
  Entity.save(entity)                                one HSET, or nothing
]]
local Entity = {}

function Entity.load(redis_key, id, names)
  local values = redis.call('HMGET', redis_key, unpack(names))
  local entity = {redis_key = redis_key, id = id, changed = {}}
  for i, name in ipairs(names) do entity[name] = values[i] or nil end
  return entity
end

function Entity.load_more(entity, names)
  if #names == 0 then return end
  local values = redis.call('HMGET', entity.redis_key, unpack(names))
  for i, name in ipairs(names) do
    if entity[name] == nil then entity[name] = values[i] or nil end
  end
end

function Entity.set(entity, name, value)
  if entity[name] == value then return end
  entity[name] = value
  entity.changed[name] = true
end

function Entity.save(entity)
  local pairs_ = {}
  for name in pairs(entity.changed) do
    local n = #pairs_
    pairs_[n + 1], pairs_[n + 2] = name, entity[name]
  end
  if #pairs_ > 0 then redis.call('HSET', entity.redis_key, unpack(pairs_)) end
  entity.changed = {}
end
