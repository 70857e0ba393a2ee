--[[
  settle: end a lease with what happened. Exactly one settlement of a lease has an effect; a repeat changes nothing.

  KEYS[1]  meta    hash of the pool; other Redis keys as in acquire.lua, and endpoints

  ARGV[1]   now_us         '' for the server's clock; a number in tests
  ARGV[2]   lease_id
  ARGV[3]   record         as acquire replied it; '' to cancel an acquire whose reply was lost
  ARGV[4]   outcome        success | rate_limited | key_failed | provider_failed | network_failed | caller_fault |
                           aborted | unused
  ARGV[5]   input          tokens of the prompt, 0 to 1000000000, or -1 if unknown: then what is reserved stays charged
  ARGV[6]   output         tokens of the answer, likewise
  ARGV[7]   money          what the call cost, in millionths of a US dollar, 0 to 1000000000000, or -1 if unknown
  ARGV[8]   failure        error | suspect | dead; matters for key_failed
  ARGV[9]   block_scope    none | key | account_models | account | endpoint
  ARGV[10]  block_ms       from now, 0 to 2764800000
  ARGV[11]  why            a word for operators, 1 to 64 of letters, digits and _.-
  ARGV[12]  endpoint       the model called, up to 128 characters
  ARGV[13]  latency_ms     of the call, 0 to 86400000, or -1 if it was not made
  ARGV[14]  jitter         permille of a breaker's rest, 800 to 1200
  ARGV[15]  learnt         what the answer says of the account's limits, at most 16 joined by commas, or '': slower, or
                           <dimension> <window_ms> <limit> <left>, the limit 0 if it is unknown; as in lib/learning

  Reply    {'SETTLED', now_us, seq, losses, change, until_ms, errors}
           {'LATE', now_us, seq, losses}        after it was reaped: only what was used beyond the reservation counts
           {'DUPLICATE', now_us, seq, losses}
           {'UNKNOWN', now_us, seq, losses}     never granted; an acquire of this id that comes later is refused
           {'NO_POOL'} {'NEWER_SCHEMA', schema}  as in acquire.lua
           change: NONE | OPENED | CLOSED | DISABLED, of the key's breaker; until_ms and errors go with OPENED. If that has
                   not changed, of the model: ENDPOINT_BLOCKED | ENDPOINT_OPENED until then | ENDPOINT_CLOSED
  Error    BADARG                             an argument is missing or out of range
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
--- @include lazily "lib/budget"
--- @include lazily "lib/key"
--- @include "lib/unit"
--- @include lazily "lib/breaker"
--- @include lazily "lib/endpoint"
--- @include lazily "lib/outage"
--- @include lazily "lib/health"
--- @include lazily "lib/block"
--- @include "lib/lease"
--- @include lazily "lib/reap"
--- @include lazily "lib/priority"
--- @include lazily "lib/waiting"
--- @include "lib/settling"

local told = Settling.read({ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6], ARGV[7], ARGV[8], ARGV[9], ARGV[10], ARGV[11],
  ARGV[12], ARGV[13], ARGV[14], ARGV[15]})
local pool, refusal = Pool.open(KEYS[1], ARGV[1])
if not pool then return refusal end
return Settling.run(pool, told)
