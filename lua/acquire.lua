--[[
  acquire: choose an account and one of its keys, and reserve on all of their limits, or on none.

  The work is bounded by constants and does not grow with the pool. A repeat of the same lease id returns the first
  answer and changes nothing. A denial reserves nothing.

  KEYS[1]  meta    hash of the pool; the script names the pool's other Redis keys from its prefix:
                   limits, ready[:n], parked[:n], tokens[:n], key:<id>, account:<id>[/n], account:<id>:ready|parked,
                   account:<id>/overall, tenant:<id>[/n], pool, windows, leases, holders, settled, reaped, outages, log,
                   waiting, called, waiters, present, lapsed, shares

  ARGV[1]   now_us       '' for the server's clock; a number in tests
  ARGV[2]   lease_id     made by the caller, unique to this attempt
  ARGV[3]   worker       id of the caller
  ARGV[4]   sent_us      the caller's estimate of the server's clock when it sent this, or '' if it has none yet
  ARGV[5]   ttl_ms       life of the lease from its start, 1 to 3600000
  ARGV[6]   input        tokens to reserve for the prompt, 0 to 1000000000
  ARGV[7]   output       tokens to reserve for the answer, 0 to 1000000000
  ARGV[8]   money        to reserve, in millionths of a US dollar, 0 to 1000000000000
  ARGV[9]   max_wait_us  how far ahead the lease may start, 0 to 86400000000
  ARGV[10]  groups       of the units that can serve the model: numbers joined by commas
  ARGV[11]  no_keys      key ids not to be chosen, joined by commas
  ARGV[12]  no_accounts  account ids not to be chosen, joined by commas
  ARGV[13]  budgets      of the tenant and the pool, to be charged as well: ids joined by commas
  ARGV[14]  prefer       units to look at first, at most 3 as <id>@<group> or <id>@<group>/<key>, joined by commas; the key
                         is one of an account that has several, to be looked at first there
  ARGV[15]  endpoint     the model to be called, up to 128 characters without blanks, or ''
  ARGV[16]  ticket       when the caller began to wait, in us of the server's clock; '' for one that has not waited yet
  ARGV[17]  room         where the caller waits if it is denied for an event: a word that is unique in its worker, at most
                         32 letters and digits; '' for one that does not wait
  ARGV[18]  next         when the next one in that room began to wait, who is to wait in the caller's place when that is
                         granted a lease; '' if there is none
  ARGV[19] priority      interactive, normal or batch: what it leaves to more important calls, see lib/priority; one that
                         leaves anything starts now or not at all

  Reply    {'GRANTED', now_us, seq, losses, wait_us, expires_ms, record}
           {'DENIED', now_us, seq, losses, reason, hint_us, waits}   hint: how long until the request could succeed, 0 if
                                       unknown; waits: 1 if it is known to wait now, and will be called, else 0
           {'OPEN', now_us, seq, losses}       the pool is switched to open: nothing is decided, nothing recorded
           {'SHADOW', now_us, seq, losses, reason, hint_us}   it is switched to shadow: the denial that is not to be one
           {'STALE', now_us, seq, losses}      older than 10 s, or ended already
           {'NO_POOL'}                        the pool is not registered here, or its state was lost
           {'NEWER_SCHEMA', schema}           its state was written by a newer version
           losses counts how often a key has left service or has been blocked: leases that start later may be lost
  Error    BADARG                             an argument is missing or out of range
]]

--- @include lazily "lib/args"
--- @include "lib/entity"
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
--- @include lazily "lib/budget"
--- @include lazily "lib/key"
--- @include "lib/unit"
--- @include lazily "lib/breaker"
--- @include lazily "lib/lease"
--- @include lazily "lib/outage"
--- @include lazily "lib/damage"
--- @include lazily "lib/reap"
--- @include lazily "lib/waiting"
--- @include lazily "lib/presence"
--- @include lazily "lib/search"
--- @include "lib/acquiring"

local ask = Acquiring.read({ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6], ARGV[7], ARGV[8], ARGV[9], ARGV[10],
  ARGV[11], ARGV[12], ARGV[13], ARGV[14], ARGV[15], ARGV[16], ARGV[17], ARGV[18], ARGV[19]})
local pool, refusal = Pool.open(KEYS[1], ARGV[1])
if not pool then return refusal end
return Acquiring.run(pool, ask)
