--[[
  leave: a caller that was registered as waiting, by an acquire that was denied, has given up.

  KEYS[1]  meta    hash of the pool; other Redis keys: waiting, called, waiters, log, and those of accounts and keys

  ARGV[1]   now_us   '' for the server's clock; a number in tests
  ARGV[2]   worker   as in acquire.lua
  ARGV[3]   room     as in acquire.lua

  Reply    {'LEFT', now_us}
           {'NO_POOL'} {'NEWER_SCHEMA', schema}    as in acquire.lua
  Error    BADARG                                  an argument is missing or out of range
]]

--- @include lazily "lib/args"
--- @include "lib/pool"
--- @include lazily "lib/priority"
--- @include lazily "lib/waiting"

local worker, room = Args.word('worker', ARGV[2], '%w[%w._-]*'), Args.word('room', ARGV[3], '%w+')
local pool, refusal = Pool.open(KEYS[1], ARGV[1])
if not pool then return refusal end
if pool.waiting > 0 then Waiting.leave(pool, worker, room) end
return {'LEFT', pool.now}
