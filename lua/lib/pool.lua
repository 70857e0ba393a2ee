--[[
  What every script knows of its pool: the head of the meta hash, the clock, the names of the pool's Redis keys.

  The clock is the server's, in whole microseconds. It never runs backwards: a backward step is added to an offset that
  is kept in the meta hash, so refills go on at their rate after it.

  Pool.open(meta_key, now_argument) -> pool, or nil and the reply that says why not
                     now_argument: '' for the server's clock, or microseconds in tests
                     pool.switch: deny, open or shadow; false if the pool works as usual
                     pool.outages_ms: until when lib/outage has something to look at
                     pool.waiting: how many callers lib/waiting knows of
                     pool.headroom: of lib/priority
                     pool.withheld: millionths of every limit and of all slots that lib/presence withholds, or nil
                     pool.look_ms: when lib/presence has something to look at next, nil if it never had
  Pool.touch(pool)                          writes the clock and the sequence; the first write of acquire. In a batch,
                                            where pool.later is set to false, only the first writes, and sets it
  Pool.limits(pool, profile) -> list of limits, parsed once a script; lower by what is withheld
  Pool.index(pool, kind, group) -> name of the ready, parked or tokens index of a group
  Pool.log(pool, subject, what, why, until_ms, by)    one line of the transition log; by: an operator, or nil
  Pool.watch(pool) -> window_ms, rate       of the breaker
  Pool.policy(pool) -> errors, window_ms, rest_ms, longest_ms, min_calls, rate, consecutive of the breaker
  Pool.pass(pool) -> what the units with the fewest grants have passed, for the strategies that take turns
  Pool.set_pass(pool, pass)
  Pool.write_rings(pool)                    stores the rings that have changed
]]
local Pool = {}

local SCHEMA = '1'

function Pool.open(meta_key, now_argument)
  local meta = redis.call('HMGET', meta_key, 'schema', 'seq', 'last_us', 'offset_us', 'losses', 'strategy', 'switch',
    'outages_ms', 'waiting', 'headroom', 'withheld', 'look_ms')
  if meta[1] ~= SCHEMA then
    if not meta[1] then return nil, {'NO_POOL'} end
    return nil, {'NEWER_SCHEMA', meta[1]}
  end
  local last, losses = tonumber(meta[3]), tonumber(meta[5])
  local offset, stepped = meta[4] == '0' and 0 or tonumber(meta[4]), false
  local clock = tonumber(now_argument)
  if not clock then
    local time = redis.call('TIME')
    clock = time[1] * 1000000 + time[2]
  end
  local now = clock + offset
  if now < last then
    offset, now, stepped = offset + last - now, last, true
  end
  return {
    meta_key = meta_key, prefix = string.sub(meta_key, 1, -5), seq = tonumber(meta[2]), losses = losses,
    losses_before = losses, strategy = meta[6], switch = meta[7] ~= '' and meta[7], outages_ms = meta[8] == '0' and 0 or tonumber(meta[8]),
    waiting = meta[9] ~= '0' and tonumber(meta[9] or 0) or 0, headroom = meta[10] or '', opened = nil, held = nil, keep = nil,
    withheld = meta[11] and meta[11] ~= '0' and tonumber(meta[11]) or nil, look_ms = meta[12] and tonumber(meta[12]), now = now,
    now_ms = math.floor(now / 1000), offset_us = offset,
    stepped = stepped, touched = false, parsed = {}, rings = nil, EVENT = 9000000000000000,
    NEVER = 9007199254740991, SLOTS = 12}
end

function Pool.touch(pool)
  if pool.touched and pool.later ~= nil then
    pool.later = true
    return
  end
  redis.call('HSET', pool.meta_key, 'seq', pool.seq, 'last_us', pool.now)
  if pool.stepped or pool.losses ~= pool.losses_before then
    redis.call('HSET', pool.meta_key, 'offset_us', pool.offset_us, 'losses', pool.losses)
    pool.stepped, pool.losses_before = false, pool.losses
  end
  pool.touched = true
end

function Pool.limits(pool, profile)
  local limits = pool.parsed[profile]
  if not limits then
    limits = Limit.parse(redis.call('HGET', pool.prefix .. 'limits', profile) or '')
    if pool.withheld then Limit.withhold(limits, pool.withheld) end
    pool.parsed[profile] = limits
  end
  return limits
end

function Pool.index(pool, kind, group)
  return pool.prefix .. kind .. (group == '1' and '' or ':' .. group)
end

-- What every result is judged by.
function Pool.watch(pool)
  if not pool.window_ms then
    pool.breaker = redis.call('HGET', pool.meta_key, 'breaker')
    local window, rate = string.match(pool.breaker, '^%d+ (%d+) %d+ %d+ %d+ (%d+) %d+$')
    pool.window_ms, pool.rate = tonumber(window), tonumber(rate)
  end
  return pool.window_ms, pool.rate
end

--- @lazily

function Pool.log(pool, subject, what, why, until_ms, by)
  local words = {'at_ms', pool.now_ms, 'subject', subject, 'what', what, 'why', why, 'until_ms', until_ms}
  if by then words[11], words[12] = 'by', by end
  redis.call('XADD', pool.prefix .. 'log', 'MAXLEN', '~', 1000, '*', unpack(words))
end

-- When a key is rested, and for how long.
function Pool.policy(pool)
  local window, rate = Pool.watch(pool)
  local errors, rest, longest, calls, row = string.match(pool.breaker, '^(%d+) %d+ (%d+) (%d+) (%d+) %d+ (%d+)$')
  return {errors = tonumber(errors), window_ms = window, rest_ms = tonumber(rest), longest_ms = tonumber(longest),
    min_calls = tonumber(calls), rate = rate, consecutive = tonumber(row)}
end

function Pool.pass(pool)
  pool.virtual = pool.virtual or tonumber(redis.call('HGET', pool.meta_key, 'virtual'))
  return pool.virtual
end

function Pool.set_pass(pool, pass)
  if pass == Pool.pass(pool) then return end
  pool.virtual = pass
  redis.call('HSET', pool.meta_key, 'virtual', pass)
end

function Pool.write_rings(pool)
  for id in pairs(pool.rings_changed) do
    local words = {}
    for i, entry in ipairs(pool.rings[id]) do words[i] = string.format('%.0f:%.0f', entry[1], entry[2]) end
    redis.call('HSET', pool.prefix .. 'windows', id, table.concat(words, ' '))
  end
  pool.rings_changed = nil
end
