--[[
  A hash that a script has loaded in part: its fields as text or number, and those it has changed.

  Texts and numbers are loaded apart: reading a number out of text costs more than most of what is done with it, so it
  is done once; and an id may look like a number. A field that is missing is nil. A field that should be a number and is
  none raises an error that starts with DAMAGED and names it; nothing has been written by then.

  Entity.load(redis_key, id, names, texts) -> entity    id is what the indexes call it; the first names are of texts
  Entity.load_more(entity, names, texts)                further fields; what the script has set already stands
  Entity.set(entity, name, value)                       seen by later reads of this script; stored by Entity.save
  Entity.save(entity)                                   one HSET, or nothing
]]
local Entity = {}

function Entity.load(redis_key, id, names, texts)
  local values = redis.call('HMGET', redis_key, unpack(names))
  -- The names make room for the fields at once; a table that grows field by field is built anew again and again.
  local entity = {redis_key = redis_key, id = id, changed = {in_flight = nil, requests_tat = nil, tokens_tat = nil,
    requests_left = nil, tokens_left = nil, as_of_ms = nil, index = nil}, group = nil, index = nil, state = nil, gen = nil,
    in_flight = nil, max_in_flight = nil, blocked_until_ms = nil, requests_tat = nil, requests_back = nil,
    tokens_tat = nil, tokens_back = nil, requests_left = nil, tokens_left = nil, as_of_ms = nil, limits = nil,
    implicit = nil, account = nil, key_id = nil, single = nil, indexed = nil, errors_in_window = nil}
  for i, name in ipairs(names) do
    local value = values[i]
    if value and i > texts then value = value == '0' and 0 or tonumber(value) or Entity.text(entity, name, value) end
    entity[name] = value or nil
  end
  return entity
end

function Entity.set(entity, name, value)
  if entity[name] == value then return end
  entity[name] = value
  entity.changed[name] = true
end

function Entity.save(entity)
  local words, n = {'', '', '', '', '', '', '', '', '', '', '', ''}, 0
  for name in pairs(entity.changed) do
    words[n + 1], words[n + 2] = name, entity[name]
    n = n + 2
  end
  if n == 0 then return end
  redis.call('HSET', entity.redis_key, unpack(words, 1, n))
  entity.changed = {}
end

--- @lazily

-- A number that is none: missing, or the record of a reservation that lies ahead, or damaged by hand.
function Entity.text(entity, name, value)
  if value == '' then return nil end
  if string.find(name, '_back$') and string.find(value, '^%d+ %d+ %d+$') then return value end
  local id = string.match(entity.redis_key, '}:(.*)$')
  error({err = 'DAMAGED ' .. id .. ' ' .. name .. ' is ' .. string.sub(value, 1, 64) .. ', expected a number'})
end

function Entity.load_more(entity, names, texts)
  if #names == 0 then return end
  local more = Entity.load(entity.redis_key, entity.id, names, texts)
  for _, name in ipairs(names) do
    if entity[name] == nil then entity[name] = more[name] end
  end
end
