--[[
  Keys of accounts that have several of them, or several classes of models. Within its account a key is in the ready
  index while its own gates are open, else in the parked one with the instant at which they open.

  Key.load(pool, id, also) -> key, or nil           also: names of further numbers, or nil
  Key.place(pool, unit, key)                        moves it between the indexes of its account
  Key.index(pool, unit, kind) -> name of the ready or parked index of the keys of a unit's account
]]
local Key = {}

function Key.load(pool, id, also)
  local names = {'index', 'state', 'account', 'profile', 'in_flight', 'max_in_flight', 'blocked_until_ms', 'gen',
    'until_ms', 'weight', 'pass', 'degraded_until_ms'}
  for _, name in ipairs(also or {}) do names[#names + 1] = name end
  local key = Entity.load(pool.prefix .. 'key:' .. id, id, names, 4)
  -- One that is an account by itself is a unit, and has no profile.
  if not key.state or not key.profile then return nil end
  key.key_id, key.limits = id, {}
  if key.profile and key.profile ~= '' then
    key.limits = Pool.limits(pool, key.profile)
    Entity.load_more(key, key.limits.fields, 0)
  end
  return key
end

function Key.index(pool, unit, kind)
  return pool.prefix .. 'account:' .. unit.account .. ':' .. kind
end

function Key.score(pool, key)
  if pool.strategy ~= 'least-in-flight' then return key.pass or 0 end
  local load = math.min(math.floor((key.in_flight or 0) * 100 / (key.weight or 1)), 1048575)
  return load * 8589934592 + pool.seq % 8589934592
end

function Key.place(pool, unit, key)
  if unit.single then return end
  local gate = Gate.whole(pool, key)
  local ready, parked = Key.index(pool, unit, 'ready'), Key.index(pool, unit, 'parked')
  if gate == 0 then
    if key.index ~= 'ready' then
      local head = redis.call('ZRANGE', ready, 0, 0, 'WITHSCORES')
      if head[1] ~= '-' then Entity.set(key, 'pass', math.max(key.pass or 0, tonumber(head[2]))) end
      redis.call('ZREM', parked, key.id)
      Entity.set(key, 'index', 'ready')
    end
    redis.call('ZADD', ready, Key.score(pool, key), key.id)
    return
  end
  if key.index ~= 'parked' then
    redis.call('ZREM', ready, key.id)
    Entity.set(key, 'index', 'parked')
  end
  redis.call('ZADD', parked, gate, key.id)
end
