--[[
  explain: of the keys of some units (of an account the first 200 in service, and 200 out of it), when it could serve a request of a size, and what keeps it from doing so now. Writes
  nothing. Leases whose time is over still count here until an acquire takes them back.

  KEYS[1]  meta    hash of the pool; other Redis keys as in acquire.lua

  ARGV[1]   now_us    '' for the server's clock; a number in tests
  ARGV[2]   tokens    of the request, 0 to 2000000000
  ARGV[3+]  unit_ids  as the indexes hold them, such as key:k1, account:a or account:a/2; at most 200 are looked at

  Reply    {'EXPLAINED', now_us, {unit_id, group, models, key_id, wait_us, what}, ...}
                     wait_us  0: now | from now on | -1: until something happens | -2: until an operator acts, or never
                     what     requests | tokens | concurrency | block | breaker | probe | draining | disabled, '' if now
           {'NO_POOL'} {'NEWER_SCHEMA', schema}   as in acquire.lua
  Error    BADARG                                 an argument is missing or out of range
]]

--- @include "lib/args"
--- @include "lib/entity"
--- @include lazily "lib/damage"
--- @include lazily "lib/calendar"
--- @include lazily "lib/ring"
--- @include lazily "lib/fixed"
--- @include lazily "lib/window"
--- @include "lib/limit"
--- @include "lib/pool"
--- @include "lib/gate"
--- @include lazily "lib/key"
--- @include "lib/unit"

local tokens = Args.integer('tokens', ARGV[2], 0, 2000000000)
local pool, refusal = Pool.open(KEYS[1], ARGV[1])
if not pool then return refusal end

local reply = {'EXPLAINED', pool.now}

local function row(unit, models, key_id, at, what)
  local wait = at - pool.now
  if at >= pool.NEVER then
    wait = -2
  elseif at >= pool.EVENT then
    wait = -1
  end
  reply[#reply + 1] = {unit.id, unit.group, models, key_id, wait, wait == 0 and '' or what}
end

-- What both of them admit, as acquire looks for it: limits of windows may move on when the other one does.
local function together(unit, key)
  local at, what = Unit.earliest(pool, unit, tokens)
  for _ = 1, 4 do
    local key_at, key_what = Key.earliest(pool, key, tokens, at)
    if key_at <= at then break end
    at, what = key_at, key_what
    if at >= pool.EVENT then break end
    at, what = Gate.earliest(pool, unit, tokens, at, what)
  end
  return at, what
end

local function explain(id)
  local head = redis.call('HMGET', pool.prefix .. id, 'group', 'models')
  local unit = head[1] and Unit.load(pool, id, head[1])
  if not unit then return end
  local models = head[2] or ''
  if unit.implicit then
    local at, what = Unit.earliest(pool, unit, tokens)
    return row(unit, models, unit.key_id, at, what)
  end
  local ids = {unit.key}
  if not unit.single then
    ids = redis.call('ZRANGE', Key.index(pool, unit, 'ready'), 0, 199)
    for _, parked in ipairs(redis.call('ZRANGE', Key.index(pool, unit, 'parked'), 0, 199)) do ids[#ids + 1] = parked end
  end
  for _, key_id in ipairs(ids) do
    local key = key_id ~= '-' and Key.load(pool, key_id)
    if key then row(unit, models, key_id, together(unit, key)) end
  end
end

for i = 3, math.min(#ARGV, 202) do explain(Args.word('unit_id', ARGV[i], '%a+:[%w._/-]+')) end
return reply
