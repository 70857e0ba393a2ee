--[[
  A hash that a script has loaded in part: its fields as text or number, and those it has changed.

  Texts and numbers are loaded apart: reading a number out of text costs more than most of what is done with it, so it
  is done once; and an id may look like a number. A field that is missing is nil.

  Entity.load(redis_key, id, texts, numbers) -> entity    id is what the indexes call it
  Entity.load_more(entity, texts, numbers)                further fields; what the script has set already stands
  Entity.set(entity, name, value)                         seen by later reads of this script; stored by Entity.save
  Entity.save(entity)                                     one HSET, or nothing
]]
local Entity = {}

function Entity.load(redis_key, id, texts, numbers)
  local names, count = {unpack(texts)}, #texts
  for i = 1, #numbers do names[count + i] = numbers[i] end
  local values = redis.call('HMGET', redis_key, unpack(names))
  -- The names make room for the fields at once; a table that grows field by field is built anew again and again.
  local entity = {redis_key = redis_key, id = id, changed = {}, in_flight = nil, max_in_flight = nil,
    blocked_until_ms = nil, index = nil, group = nil, account = nil, key = nil, classes = nil, state = nil, until_ms = nil,
    gen = nil, errors_in_window = nil, requests_tat = nil, requests_back = nil, tokens_tat = nil, tokens_back = nil,
    requests_left = nil, tokens_left = nil, as_of_ms = nil, limits = nil, implicit = nil, key_id = nil, single = nil,
    indexed = nil}
  for i = 1, count do entity[names[i]] = values[i] or nil end
  for i = count + 1, #names do entity[names[i]] = tonumber(values[i] or nil) or values[i] or nil end
  return entity
end

function Entity.load_more(entity, texts, numbers)
  if #texts + #numbers == 0 then return end
  local more = Entity.load(entity.redis_key, entity.id, texts, numbers)
  for _, list in ipairs({texts, numbers}) do
    for _, name in ipairs(list) do
      if entity[name] == nil then entity[name] = more[name] end
    end
  end
end

function Entity.set(entity, name, value)
  if entity[name] == value then return end
  entity[name] = value
  entity.changed[name] = true
end

-- Whole numbers are formatted as such: what Redis does with a number it is passed costs twice as much.
function Entity.save(entity)
  local words, n = {}, 0
  for name in pairs(entity.changed) do
    local value = entity[name]
    words[n + 1] = name
    words[n + 2] = type(value) == 'number' and string.format('%d', value) or value
    n = n + 2
  end
  if n > 0 then redis.call('HSET', entity.redis_key, unpack(words)) end
  entity.changed = {}
end
