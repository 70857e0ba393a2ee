--[[
  explain: of the keys of some units (of an account the first 200 in service, and 200 out of it), when it could serve a request of a size, and what keeps it from doing so now. Writes
  nothing. Leases whose time is over still count here until an acquire takes them back.

  KEYS[1]  meta    hash of the pool; other Redis keys as in acquire.lua

  ARGV[1]   now_us    '' for the server's clock; a number in tests
  ARGV[2]   input     tokens of the prompt, 0 to 1000000000
  ARGV[3]   output    tokens of the answer, 0 to 1000000000
  ARGV[4]   money     in millionths of a US dollar, 0 to 1000000000000
  ARGV[5]   priority  interactive, normal or batch
  ARGV[6+]  ids       of units as the indexes hold them, such as key:k1, account:a or account:a/2, or of budgets, such as
                      tenant:t or pool, or endpoint:<model>, or switch; at most 200 are looked at. The latter two tell
                      nothing if the model does not rest, and the pool works as usual

  Reply    {'EXPLAINED', now_us, {id, group, models, key_id, wait_us, what, tenants}, ...}
                     key_id   '' for a budget, a model and the switch
                     wait_us  0: now | from now on | -1: until something happens | -2: until an operator acts, or never
                     what     requests | tokens | input_tokens | output_tokens | money | concurrency | block | breaker |
                              probe | draining | disabled | endpoint, '' if now; of the switch its word
                     tenants  who alone may use the key, joined by commas; '' for everybody
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
--- @include "lib/priority"
--- @include lazily "lib/budget"
--- @include lazily "lib/key"
--- @include "lib/unit"
--- @include lazily "lib/outage"

local cost = Limit.cost(Args.integer('input', ARGV[2], 0, 1000000000), Args.integer('output', ARGV[3], 0, 1000000000),
  Args.integer('money', ARGV[4], 0, 1000000000000))
local priority = ARGV[5]
if not Priority.known(priority) then Args.bad('priority', priority, 'interactive, normal or batch') end
local pool, refusal = Pool.open(KEYS[1], ARGV[1])
if not pool then return refusal end
pool.keep = Priority.of(pool, priority, nil)

local reply = {'EXPLAINED', pool.now}

local function row(id, group, models, key_id, at, what, tenants)
  local wait = at - pool.now
  if at >= pool.NEVER then
    wait = -2
  elseif at >= pool.EVENT then
    wait = -1
  end
  reply[#reply + 1] = {id, group, models, key_id, wait, wait == 0 and '' or what, tenants}
end

-- What both of them admit, as acquire looks for it: limits of windows may move on when the other one does.
local function together(unit, key)
  local at, what = Unit.earliest(pool, unit, cost)
  for _ = 1, 4 do
    local key_at, key_what = Gate.admits(pool, key, cost, at)
    if key_at <= at then break end
    at, what = key_at, key_what
    if at >= pool.EVENT then break end
    at, what = Unit.admits(pool, unit, cost, at, what)
  end
  return at, what
end

-- What holds for the whole pool, or for a model, whatever the keys could do.
local function common(id)
  if id == 'switch' then
    if pool.switch then reply[#reply + 1] = {id, '', '', '', pool.switch == 'deny' and -2 or 0, pool.switch, ''} end
    return true
  end
  local model = string.match(id, '^endpoint:(.*)$')
  local outage = model and Outage.read(pool, model)
  local at = outage and Outage.gate(pool, outage)
  if at and at > pool.now then row(id, '', '', '', at, 'endpoint', '') end
  return model ~= nil
end

local function explain(id)
  if common(id) then return end
  local head = redis.call('HMGET', pool.prefix .. id, 'group', 'models', 'tenants')
  local unit = head[1] and Unit.load(pool, id, head[1])
  if not unit then
    local budget = (id == 'pool' or string.find(id, '^tenant:')) and Budget.load(pool, id)
    if budget then
      local at, what = Gate.admits(pool, budget, cost, pool.now)
      row(id, '', head[2] or '', '', at, what, '')
    end
    return
  end
  local models, tenants = head[2] or '', head[3] or ''
  if unit.implicit then
    local at, what = Unit.earliest(pool, unit, cost)
    return row(id, unit.group, models, unit.key_id, at, what, tenants)
  end
  local ids = {unit.key}
  if not unit.single then
    ids = redis.call('ZRANGE', Key.index(pool, unit, 'ready'), 0, 199)
    for _, parked in ipairs(redis.call('ZRANGE', Key.index(pool, unit, 'parked'), 0, 199)) do ids[#ids + 1] = parked end
  end
  for _, key_id in ipairs(ids) do
    local key = key_id ~= '-' and Key.load(pool, key_id)
    if key then
      local at, what = together(unit, key)
      local own = redis.call('HGET', pool.prefix .. 'key:' .. key_id, 'tenants') or ''
      row(id, unit.group, models, key_id, at, what, own ~= '' and own or tenants)
    end
  end
end

for i = 6, math.min(#ARGV, 205) do explain(Args.word('id', ARGV[i], '%a+:?%S*')) end
return reply
