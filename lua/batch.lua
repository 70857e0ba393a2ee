--[[
  batch: settle and acquire several times in one call, at one instant, as if each were called by itself: first the
  settlements, so that what they give back is there for the acquires, each kind in the order given. A refusal or an
  error of one changes nothing for the others.

  KEYS[1]  meta    hash of the pool; other Redis keys as in acquire.lua and settle.lua

  ARGV[1]   now_us     '' for the server's clock; a number in tests
  ARGV[2]   settles    how many, 0 to 64
  ARGV[3]   acquires   how many; with the settles 1 to 64
  ARGV[4+]  words      the arguments of each settle and then of each acquire, without their now_us

  Reply    {'BATCH', reply, ...}             of each in their order, as settle.lua and acquire.lua reply, or
                                             {'ERROR', text}: an argument is wrong (BADARG) or a field that it needs is
                                             damaged (DAMAGED); it has written nothing
           {'NO_POOL'} {'NEWER_SCHEMA', schema}  as in acquire.lua
  Error    BADARG                            settles or acquires is out of range, or the words are too few or too many
]]

--- @include lazily "lib/args"
--- @include "lib/entity"
--- @include lazily "lib/damage"
--- @include lazily "lib/calendar"
--- @include lazily "lib/ring"
--- @include lazily "lib/fixed"
--- @include lazily "lib/window"
--- @include lazily "lib/refund"
--- @include "lib/limit"
--- @include "lib/pool"
--- @include lazily "lib/learning"
--- @include "lib/gate"
--- @include lazily "lib/priority"
--- @include lazily "lib/key"
--- @include lazily "lib/budget"
--- @include "lib/unit"
--- @include lazily "lib/breaker"
--- @include lazily "lib/endpoint"
--- @include lazily "lib/outage"
--- @include lazily "lib/health"
--- @include lazily "lib/block"
--- @include lazily "lib/lease"
--- @include lazily "lib/reap"
--- @include lazily "lib/waiting"
--- @include lazily "lib/presence"
--- @include lazily "lib/search"
--- @include lazily "lib/acquiring"
--- @include lazily "lib/settling"

local MOST = 64

local settles = Args.integer('settles', ARGV[2], 0, MOST)
local acquires = Args.integer('acquires', ARGV[3], settles == 0 and 1 or 0, MOST - settles)
local count = settles > 0 and settles * Settling.WORDS or 0
if acquires > 0 then count = count + acquires * Acquiring.WORDS end
if #ARGV ~= 3 + count then Args.bad('words', #ARGV - 3, count) end
local pool, refusal = Pool.open(KEYS[1], ARGV[1])
if not pool then return refusal end
pool.done, pool.later = {}, false

local function settle(words)
  return Settling.run(pool, Settling.read(words))
end

local function acquire(words)
  return Acquiring.run(pool, Acquiring.read(words))
end

-- Both decide before they write: an error of theirs has written nothing. Any other is raised again.
local function error_reply(problem)
  local text = type(problem) == 'table' and problem.err or tostring(problem)
  if not string.find(text, '^BADARG ') and not string.find(text, '^DAMAGED ') then error(problem, 0) end
  return {'ERROR', text}
end

local function finish()
  if pool.later then
    pool.later = nil
    Pool.touch(pool)
  end
end

local replies, at = {'BATCH'}, 4
for i = 1, settles + acquires do
  local run, length = settle, settles > 0 and Settling.WORDS
  if i > settles then run, length = acquire, Acquiring.WORDS end
  local sound, reply = pcall(run, {unpack(ARGV, at, at + length - 1)})
  replies[i + 1] = sound and reply or error_reply(reply)
  at = at + length
end
finish()
return replies
