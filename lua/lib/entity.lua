--[[
  A hash that a script has loaded in part: its fields as text or number, and those it has changed.

  entity_load(redis_key, id, names) -> entity        id is what the indexes call it
  entity_set(entity, name, value)                    seen by later reads of this script; stored by entity_save
  entity_save(entity)                                one HSET, or nothing
]]
local function entity_load(redis_key, id, names)
  local values = redis.call('HMGET', redis_key, unpack(names))
  local entity = {redis_key = redis_key, id = id, changed = {}}
  for i, name in ipairs(names) do entity[name] = values[i] or nil end
  return entity
end

local function entity_set(entity, name, value)
  if entity[name] == value then return end
  entity[name] = value
  entity.changed[name] = true
end

local function entity_save(entity)
  local pairs_ = {}
  for name in pairs(entity.changed) do
    local n = #pairs_
    pairs_[n + 1], pairs_[n + 2] = name, entity[name]
  end
  if #pairs_ > 0 then redis.call('HSET', entity.redis_key, unpack(pairs_)) end
  entity.changed = {}
end
