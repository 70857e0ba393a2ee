--[[
  present: a worker says that it is there, and is told the share of every limit that it may use without Redis, should it be
  cut off. lib/presence has the rules.

  KEYS[1]  meta    hash of the pool; other Redis keys: present, lapsed, shares, log

  ARGV[1]   now_us      '' for the server's clock; a number in tests
  ARGV[2]   worker      its id
  ARGV[3]   sent_us     its estimate of the server's clock when it sent this, or '' if it has none yet
  ARGV[4]   how         here | busy: here, and calls are under way that it let pass while it was cut off | gone: it is closing
  ARGV[5]   share       the one that it goes by, 0 to 1000000 millionths
  ARGV[6]   window_ms   the longest window of a limit that it may use alone, 1 to 3600000

  Reply    {'PRESENT', now_us, seq, losses, share}   share: what it may use from now on, in millionths
           {'STALE', now_us, seq, losses}            older than 10 s: nobody knows whether it is still there
           {'NO_POOL'} {'NEWER_SCHEMA', schema}      as in acquire.lua
  Error    BADARG                                    an argument is missing or out of range
]]

--- @include "lib/args"
--- @include "lib/pool"
--- @include "lib/presence"

local worker = Args.word('worker', ARGV[2], '%w[%w._-]*')
local sent_us = Args.word('sent_us', ARGV[3], '%d*')
local how = Args.word('how', ARGV[4], '%a+')
if how ~= 'here' and how ~= 'busy' and how ~= 'gone' then Args.bad('how', how, 'here, busy or gone') end
local believed = Args.integer('share', ARGV[5], 0, 1000000)
local window_ms = Args.integer('window_ms', ARGV[6], 1, 3600000)

local pool, refusal = Pool.open(KEYS[1], ARGV[1])
if not pool then return refusal end
if sent_us ~= '' and pool.now - sent_us > 10000000 then return {'STALE', pool.now, pool.seq, pool.losses} end
if pool.stepped then Pool.touch(pool) end

-- The first of all; as everywhere none of them is ever empty.
if not pool.look_ms then
  redis.call('HSET', pool.meta_key, 'shared', 0, 'withheld', 0, 'look_ms', 0, 'share_window_ms', 0)
  redis.call('HSET', pool.prefix .. 'shares', '-', '')
  for _, kind in ipairs({'present', 'lapsed'}) do redis.call('ZADD', pool.prefix .. kind, '+inf', '-') end
  pool.look_ms = 0
end
if window_ms > tonumber(redis.call('HGET', pool.meta_key, 'share_window_ms')) then
  redis.call('HSET', pool.meta_key, 'share_window_ms', window_ms)
end
Presence.look(pool)
local share = 0
if how == 'gone' then
  Presence.gone(pool, worker, window_ms)
else
  local at_ms = pool.now_ms
  if sent_us ~= '' then at_ms = math.min(at_ms, math.floor(sent_us / 1000)) end
  share = Presence.here(pool, worker, at_ms, believed, window_ms, how == 'busy')
end
return {'PRESENT', pool.now, pool.seq, pool.losses, share}
