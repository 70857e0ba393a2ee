--[[
  What every script knows of its pool: the head of the meta hash, the clock, the names of the pool's Redis keys.

  Pool.open(meta_key, now_argument) -> pool, or nil and the reply that says why not
  Pool.keep_step(pool)                      writes the clock if it has stepped back, else it would stand still
  Pool.touch(pool)                          writes the clock and the sequence; the first write of acquire
  Pool.limits(pool, profile) -> list of limits, parsed once a script
  Pool.index(pool, kind, group) -> name of the ready, parked or tokens index of a group
  Pool.log(pool, now_ms, subject, what, why, until_ms)    one line of the transition log
  Pool.policy(pool) -> errors, window_ms, rest_ms, longest_ms, min_calls, rate, consecutive of the breaker
  Pool.write_rings(pool)                    stores the rings that have changed
]]
local Pool = {}

local SCHEMA = '1'
local EVENT, NEVER = 9000000000000000, 9007199254740991

function Pool.open(meta_key, now_argument)
  local meta = redis.call('HMGET', meta_key, 'schema', 'seq', 'last_us', 'offset_us', 'losses', 'strategy', 'unhealthy',
    'virtual', 'breaker')
  if not meta[1] then return nil, {'NO_POOL'} end
  if meta[1] ~= SCHEMA then return nil, {'NEWER_SCHEMA', meta[1]} end
  local pool = {
    meta_key = meta_key, prefix = string.sub(meta_key, 1, -5), seq = tonumber(meta[2]), losses = tonumber(meta[5]),
    strategy = meta[6], unhealthy = meta[7], virtual = tonumber(meta[8]), breaker = meta[9],
    parsed = {}, rings = {}, rings_changed = {}, touched = false, EVENT = EVENT, NEVER = NEVER, SLOTS = 12}
  pool.now, pool.offset_us = Clock.read(now_argument, tonumber(meta[3]), tonumber(meta[4]))
  pool.before = {offset_us = tonumber(meta[4]), virtual = pool.virtual, losses = pool.losses}
  pool.stepped = pool.offset_us ~= pool.before.offset_us
  pool.now_ms = math.floor(pool.now / 1000)
  return pool
end

function Pool.touch(pool)
  redis.call('HSET', pool.meta_key, 'seq', string.format('%d', pool.seq), 'last_us', string.format('%d', pool.now))
  local before = pool.before
  if pool.offset_us ~= before.offset_us or pool.virtual ~= before.virtual or pool.losses ~= before.losses then
    redis.call('HSET', pool.meta_key, 'offset_us', string.format('%d', pool.offset_us), 'virtual',
      string.format('%d', pool.virtual), 'losses', string.format('%d', pool.losses))
    pool.before = {offset_us = pool.offset_us, virtual = pool.virtual, losses = pool.losses}
  end
  pool.touched = true
end

-- A call that changes nothing else stores this all the same: until the offset is known, time stands still.
function Pool.keep_step(pool)
  if pool.stepped then Pool.touch(pool) end
end

function Pool.limits(pool, profile)
  local limits = pool.parsed[profile]
  if not limits then
    limits = Limit.parse(redis.call('HGET', pool.prefix .. 'limits', profile) or '')
    pool.parsed[profile] = limits
  end
  return limits
end

function Pool.index(pool, kind, group)
  return pool.prefix .. kind .. (group == '1' and '' or ':' .. group)
end

function Pool.log(pool, subject, what, why, until_ms)
  redis.call('XADD', pool.prefix .. 'log', 'MAXLEN', '~', 1000, '*', 'at_ms', pool.now_ms, 'subject', subject,
    'what', what, 'why', why, 'until_ms', until_ms)
end

-- When a key is rested, and for how long.
function Pool.policy(pool)
  if pool.policy then return pool.policy end
  local errors, window, rest, longest, calls, rate, row =
    string.match(pool.breaker, '^(%d+) (%d+) (%d+) (%d+) (%d+) (%d+) (%d+)$')
  pool.policy = {errors = tonumber(errors), window_ms = tonumber(window), rest_ms = tonumber(rest),
    longest_ms = tonumber(longest), min_calls = tonumber(calls), rate = tonumber(rate), consecutive = tonumber(row)}
  return pool.policy
end

function Pool.write_rings(pool)
  for id in pairs(pool.rings_changed) do
    local words = {}
    for i, entry in ipairs(pool.rings[id]) do words[i] = string.format('%.0f:%.0f', entry[1], entry[2]) end
    redis.call('HSET', pool.prefix .. 'windows', id, table.concat(words, ' '))
  end
  pool.rings_changed = {}
end
