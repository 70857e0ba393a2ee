--[[
  switch: what a whole pool does, as an operator says: as usual, deny everything, let everything pass, or decide and only
  report. Holds from the next acquire of any worker. Leases that are out go on and settle; those that have not started are
  lost when the pool is switched off.

  KEYS[1]  meta    hash of the pool; other Redis keys: log, waiting

  ARGV[1]   now_us     '' for the server's clock; a number in tests
  ARGV[2]   to         normal | deny | open | shadow
  ARGV[3]   by         who says so, 1 to 64 characters without control characters
  ARGV[4]   reason     for the log, 1 to 200 characters without control characters

  Reply    {'CHANGED', now_us, seq, losses, before, after}      words as in to
           {'UNCHANGED', now_us, seq, losses, before, after}    nothing was to be done
           {'NO_POOL'} {'NEWER_SCHEMA', schema}                 as in acquire.lua
  Error    BADARG                                               an argument is missing or out of range
]]

--- @include "lib/args"
--- @include "lib/pool"
--- @include lazily "lib/waiting"

local after = Args.word('to', ARGV[2], '%a+')
local WORDS = {normal = true, deny = true, open = true, shadow = true}
if not WORDS[after] then Args.bad('to', after, 'normal, deny, open or shadow') end
local by, reason = Args.note(ARGV[3], ARGV[4])

local pool, refusal = Pool.open(KEYS[1], ARGV[1])
if not pool then return refusal end

-- A word that is none denies: no acquire can be decided by it.
local before = pool.switch or 'normal'
if not WORDS[before] then before = 'deny' end
if (pool.switch or 'normal') == after then return {'UNCHANGED', pool.now, pool.seq, pool.losses, before, after} end
pool.seq = pool.seq + 1
if after == 'deny' then pool.losses = pool.losses + 1 end
Pool.touch(pool)
redis.call('HSET', pool.meta_key, 'switch', after == 'normal' and '' or after)
Pool.log(pool, 'pool', 'SWITCH_' .. string.upper(after), reason, 0, by)
if pool.waiting > 0 then Waiting.tell(pool) end
return {'CHANGED', pool.now, pool.seq, pool.losses, before, after}
