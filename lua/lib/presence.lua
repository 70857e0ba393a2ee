--[[
  Which workers are there, and the share of every limit that each of them may use without Redis while it is cut off.

  All shares together are never more than four fifths, and none is more than two: so the rest goes on being served whoever is
  cut off, or killed. A newcomer gets what the others have left, and no share is given to somebody else before its worker has
  said that it goes by a smaller one. Who has said nothing for ten seconds has lapsed. From then on its share is withheld from
  all who are served here, as if every limit were so much lower: until it has been back for as long as the longest window that
  counts what it used, or cannot be using it any more. What it has used it never tells.

  State: present zset of workers by when they said so last (ms) | lapsed zset of workers by until when their shares are withheld
         (ms) | shares hash of worker -> millionths | meta shared, withheld (millionths, of all and of the lapsed), look_ms (when
         something lapses or comes back next), share_window_ms (the longest window that any worker has named)

  Presence.look(pool)                       what has lapsed or come back by now does so
  Presence.here(pool, worker, at_ms, believed, window_ms, busy) -> share     a worker is there; at_ms: when it said so; believed:
                                            the share that it goes by; window_ms: how long what it used counts; busy: calls are
                                            under way that it let pass while it was cut off
  Presence.gone(pool, worker, window_ms)    it says that it goes, and is not coming back
]]
local Presence = {}

local LAPSE_MS, LONGEST_MS, SHARED, MOST_SHARED = 10000, 300000, 800000, 400000
local MOST = 100

local function share_of(pool, worker)
  return tonumber(redis.call('HGET', pool.prefix .. 'shares', worker) or 0)
end

-- How many millionths more are shared, and withheld.
local function count(pool, shared, withheld)
  if shared ~= 0 then redis.call('HINCRBY', pool.meta_key, 'shared', shared) end
  if withheld ~= 0 then
    local all = redis.call('HINCRBY', pool.meta_key, 'withheld', withheld)
    pool.withheld = all > 0 and all or nil
    pool.parsed = {}
  end
end

local function lapse(pool, worker, window_ms)
  local share, until_ms = share_of(pool, worker), pool.now_ms + LONGEST_MS + window_ms
  redis.call('ZREM', pool.prefix .. 'present', worker)
  if share == 0 then
    redis.call('HDEL', pool.prefix .. 'shares', worker)
    return
  end
  redis.call('ZADD', pool.prefix .. 'lapsed', until_ms, worker)
  count(pool, 0, share)
  Pool.log(pool, worker, 'LAPSED', string.format('%d_millionths_are_withheld', share), until_ms)
end

local function release(pool, worker)
  local share = share_of(pool, worker)
  redis.call('ZREM', pool.prefix .. 'lapsed', worker)
  redis.call('HDEL', pool.prefix .. 'shares', worker)
  count(pool, -share, -share)
  Pool.log(pool, worker, 'RELEASED', string.format('%d_millionths', share), 0)
end

local function due(pool, kind, by_ms)
  return redis.call('ZRANGE', pool.prefix .. kind, '-inf', by_ms, 'BYSCORE', 'LIMIT', 0, MOST)
end

local function first(pool, kind)
  local head = redis.call('ZRANGE', pool.prefix .. kind, 0, 0, 'WITHSCORES')
  return head[1] ~= '-' and tonumber(head[2]) or nil
end

-- When the next one lapses or comes back; 0 if nobody is left who could.
local function next_look(pool)
  local lapse_ms, release_ms = first(pool, 'present'), first(pool, 'lapsed')
  if lapse_ms then lapse_ms = lapse_ms + LAPSE_MS end
  local look_ms = lapse_ms and release_ms and math.min(lapse_ms, release_ms) or lapse_ms or release_ms or 0
  if look_ms == pool.look_ms then return end
  pool.look_ms = look_ms
  redis.call('HSET', pool.meta_key, 'look_ms', look_ms)
end

function Presence.look(pool)
  local window_ms = tonumber(redis.call('HGET', pool.meta_key, 'share_window_ms'))
  for _, worker in ipairs(due(pool, 'lapsed', pool.now_ms)) do release(pool, worker) end
  for _, worker in ipairs(due(pool, 'present', pool.now_ms - LAPSE_MS)) do lapse(pool, worker, window_ms) end
  next_look(pool)
end

-- Who was cut off has no share until what it may have used counts nowhere any more.
local function is_back(pool, worker, until_ms, window_ms, busy)
  if not busy and pool.now_ms + window_ms < until_ms then
    redis.call('ZADD', pool.prefix .. 'lapsed', pool.now_ms + window_ms, worker)
  end
end

function Presence.here(pool, worker, at_ms, believed, window_ms, busy)
  local until_ms = tonumber(redis.call('ZSCORE', pool.prefix .. 'lapsed', worker) or 0)
  if until_ms > 0 then
    is_back(pool, worker, until_ms, window_ms, busy)
    next_look(pool)
    return 0
  end
  local present = pool.prefix .. 'present'
  local known = redis.call('ZSCORE', present, worker)
  local before = share_of(pool, worker)
  local others = tonumber(redis.call('HGET', pool.meta_key, 'shared')) - before
  local all = redis.call('ZCARD', present) - 1 + (known and 0 or 1)
  local share = math.min(math.floor(SHARED / all), SHARED - others, MOST_SHARED)
  local kept = math.max(math.min(believed, before), share)
  if not known or tonumber(known) < at_ms then redis.call('ZADD', present, at_ms, worker) end
  if kept ~= before or not known then redis.call('HSET', pool.prefix .. 'shares', worker, kept) end
  count(pool, kept - before, 0)
  next_look(pool)
  return share
end

function Presence.gone(pool, worker, window_ms)
  local until_ms = tonumber(redis.call('ZSCORE', pool.prefix .. 'lapsed', worker) or 0)
  if until_ms > 0 then
    is_back(pool, worker, until_ms, window_ms, false)
  elseif redis.call('ZREM', pool.prefix .. 'present', worker) == 1 then
    count(pool, -share_of(pool, worker), 0)
    redis.call('HDEL', pool.prefix .. 'shares', worker)
  end
  next_look(pool)
end
