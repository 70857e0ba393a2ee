--[[
  register: make a pool, its accounts and its keys known, or change them. Called in steps, so that no call is long;
  accounts and keys that exist keep their state. A pool's Redis keys are all made here: none of them is ever empty
  (zsets and hashes hold the member '-'), so that the other scripts neither create nor delete a Redis key.

  KEYS[1]  meta    hash of the pool; other Redis keys as in acquire.lua, and keys, accounts, budgets, groups, endpoints

  ARGV[1]   now_us      '' for the server's clock; a number in tests
  ARGV[2]   step        open | accounts | members | remove | close, and by itself, reading only, groups
  ARGV[3]   revision    digest of the configuration; after a ':' its number if it has one, and then '!' if it is to hold
                        although a higher one does
  ARGV[4]   start       full | empty: how much the limits of an account that is new here hold
  ARGV[5+]  lines, each words separated by blanks; '-' for an empty word
            open      set <name> <value>         of the meta hash: strategy, unhealthy, breaker, headroom, prices (a value may have blanks)
                      group <class>|<rows>       limits that units share; rows as in lib/limit
            accounts  budget <id> <slots> <group of its limits> <models>
                      unit <id> <account> <group> <slots> <classes> <keys> <weight> <only_key> <has_overall> <tenants> <models>
                      key <id> <account> <slots> <weight> <group of its own limits> <tenants>
            remove    <unit id, key:<id> or budget id>
            groups    group <class>|<rows>

  Reply    {'OPENED', now_us, known, current, group numbers ...}   known: 1 if the pool was registered wholly before;
                                                                   current: 1 if with this very revision
           {'OLDER', now_us, known, number, group numbers ...}   as OPENED, of a configuration whose number is lower than
                                                   this one, which holds: nothing was changed. Also in place of DONE
                                                   and MEMBERS, without groups
           {'GROUPS', now_us, revision, numbers ...}   digest of the configuration that holds, and for each line the
                                                   groups of its class that have units, joined by commas
           {'DONE', now_us}
           {'MEMBERS', now_us, ids ...}           of all units, keys and budgets, as 'account:<id>[/n]' and 'key:<id>'
           {'NO_POOL'} {'NEWER_SCHEMA', schema}   as in acquire.lua; not for the step open
  Error    BADARG                                 an argument is missing or out of range
]]

--- @include "lib/args"
--- @include "lib/entity"
--- @include lazily "lib/damage"
--- @include lazily "lib/calendar"
--- @include lazily "lib/ring"
--- @include lazily "lib/fixed"
--- @include lazily "lib/window"
--- @include lazily "lib/refund"
--- @include "lib/limit"
--- @include "lib/pool"
--- @include "lib/gate"
--- @include lazily "lib/budget"
--- @include "lib/key"
--- @include "lib/unit"
--- @include lazily "lib/priority"
--- @include lazily "lib/waiting"

local meta_key = KEYS[1]
local step = Args.word('step', ARGV[2], '%a+')
local revision, number, forced = string.match(Args.word('revision', ARGV[3], '%w+:?%d*!?'), '^(%w+):?(%d*)(!?)$')
local start = Args.word('start', ARGV[4], '%a+')
local known = redis.call('EXISTS', meta_key) == 1
local prefix = string.sub(meta_key, 1, -5)

local function sentinel(...)
  for _, name in ipairs({...}) do redis.call('ZADD', prefix .. name, '+inf', '-') end
end

if not known then
  if step ~= 'open' then return {'NO_POOL'} end
  redis.call('HSET', meta_key, 'schema', 1, 'seq', 0, 'last_us', 0, 'offset_us', 0, 'epoch', 1, 'losses', 0, 'strategy',
    'most-headroom', 'unhealthy', 'deny', 'virtual', 0, 'breaker', '', 'prices', '-', 'revision', '', 'reaped', 0, 'switch', '',
    'outages_ms', 0, 'waiting', 0, 'headroom', '0 20 60000')
  sentinel('leases', 'settled', 'reaped')
  for _, name in ipairs({'holders', 'windows', 'endpoints', 'outages', 'limits', 'groups'}) do
    redis.call('HSET', prefix .. name, '-', '')
  end
  redis.call('SADD', prefix .. 'keys', '-')
  redis.call('SADD', prefix .. 'accounts', '-')
  redis.call('SADD', prefix .. 'budgets', '-')
end

local pool, refusal = Pool.open(meta_key, ARGV[1])
if not pool then return refusal end

local held = redis.call('HMGET', meta_key, 'revision', 'revision_number')
local current = held[1] == revision
local holds = tonumber(held[2] or '')
local older = not current and forced == '' and number ~= '' and holds and tonumber(number) < holds

local function words(line)
  local list = {}
  for word in string.gmatch(line, '%S+') do list[#list + 1] = word ~= '-' and word or '' end
  return list
end

-- The number of a group of limits: the same text has the same number for ever.
local function group_number(text)
  local number = redis.call('HGET', prefix .. 'groups', text)
  if number then return number end
  number = string.format('%.0f', redis.call('HLEN', prefix .. 'groups'))
  redis.call('HSET', prefix .. 'groups', text, number)
  redis.call('HSET', prefix .. 'limits', number, string.match(text, '|(.*)$') or '')
  for _, kind in ipairs({'ready', 'parked', 'tokens'}) do
    redis.call('ZADD', Pool.index(pool, kind, number), '+inf', '-')
  end
  return number
end

-- The number is claimed before anything is changed, so that no step of a lower one follows.
local function claim()
  if number == '' then
    if holds and not current then redis.call('HSET', meta_key, 'revision_number', '') end
  elseif forced ~= '' or not holds or tonumber(number) > holds then
    redis.call('HSET', meta_key, 'revision_number', number)
  end
end

-- A pool that an older version has registered lacks what it did not know.
local function open_step()
  sentinel('waiting', 'called', 'refused')
  redis.call('HSET', prefix .. 'waiters', '-', '')
  local registered = held[1] ~= ''
  local reply = {'OPENED', pool.now, registered and 1 or 0, current and 1 or 0}
  if older then reply = {'OLDER', pool.now, registered and 1 or 0, holds} end
  for i = 5, #ARGV do
    local name, value = string.match(ARGV[i], '^set (%S+) (.*)$')
    local group = string.match(ARGV[i], '^group (.*)$')
    if name and not current and not older then redis.call('HSET', meta_key, name, value) end
    if group then reply[#reply + 1] = group_number(group) end
  end
  if older then return reply end
  claim()
  if not known then Pool.log(pool, 'pool', 'REGISTERED', 'configuration', 0) end
  if registered and not current then Pool.log(pool, 'pool', 'RECONFIGURED', string.sub(revision, 1, 8), 0) end
  return reply
end

local function by_name(limits)
  local named = {}
  for _, limit in ipairs(limits) do named[limit.name] = limit end
  return named
end

-- What an idle limit has left.
local function full_of(limit)
  if limit.mode ~= 'bucket' then return limit.limit end
  return math.floor(limit.tolerance * limit.limit / limit.period)
end

-- What it had counted before it was taken out of the configuration may be in other units.
local function clear(owner, limit)
  for _, name in ipairs({limit.tat or '', limit.back or '', limit.window or '', limit.used or '', limit.next or ''}) do
    if name ~= '' and owner[name] then Entity.set(owner, name, 0) end
  end
  Ring.clear(pool, owner, limit)
end

-- A limit that is counted in another way from now on keeps what has been used of it; one of another size in the same
-- way keeps its share; one that was not there begins anew. before: the number of the limits that the owner had, '' for none.
local function convert(owner, before)
  local old_limits = before ~= '' and Pool.limits(pool, before) or {fields = {}}
  Entity.load_more(owner, old_limits.fields, 0)
  local old = by_name(old_limits)
  for _, limit in ipairs(owner.limits) do
    local was = old[limit.name]
    if not was then
      clear(owner, limit)
    elseif was.mode ~= limit.mode or was.period ~= limit.period or was.unit ~= limit.unit then
      local full = full_of(was)
      local used = full - math.min(full, Limit.left(pool, owner, was, pool.now))
      clear(owner, limit)
      used = math.min(used, limit.limit)
      if used > 0 then Limit.charge(pool, owner, limit, used, pool.now, pool.now) end
    end
  end
end

local function leave_group(unit)
  if not unit.group or unit.group == '' then return end
  for _, kind in ipairs({'ready', 'parked', 'tokens'}) do
    redis.call('ZREM', Pool.index(pool, kind, unit.group), unit.id)
  end
end

local function first_state(redis_key, more)
  redis.call('HSET', redis_key, 'in_flight', 0, 'max_in_flight', 0, 'blocked_until_ms', 0, 'index', '', unpack(more))
end

local function first_breaker(redis_key)
  redis.call('HSET', redis_key, 'state', 'CLOSED', 'until_ms', 0, 'gen', 1, 'errors_in_window', 0, 'why', 'registered',
    'since_ms', pool.now_ms)
end

local function leave_keys(account, key_id)
  for _, kind in ipairs({'ready', 'parked'}) do
    local index = prefix .. 'account:' .. (account or '') .. ':' .. kind
    if redis.call('EXISTS', index) == 1 then redis.call('ZREM', index, key_id) end
  end
end

-- A key that was an account by itself, or one of another account: it keeps its breaker, what has been used of limits that it
-- has in its new place as well, and its calls in flight.
local function move_key(id, redis_key, old, account)
  if old.group then
    leave_group({id = 'key:' .. id, group = old.group})
    redis.call('SREM', prefix .. 'accounts', 'key:' .. id)
    redis.call('HDEL', redis_key, 'group', 'classes', 'keys', 'key', 'has_overall', 'models', 'pace', 'wait_for', 'wait_until_ms')
  elseif old.account ~= account then
    leave_keys(old.account, id)
  else
    return
  end
  redis.call('HSET', redis_key, 'index', '')
end

-- The fields that every call reads come first: a small hash is searched from its beginning.
local function register_key(line)
  local w = words(line)
  local id, account, profile = w[2], w[3], w[6] or ''
  local redis_key = prefix .. 'key:' .. id
  local old = Entity.load(redis_key, id, {'state', 'profile', 'group', 'account'}, 4)
  if not old.state then
    first_state(redis_key, {'account', account, 'profile', profile})
    first_breaker(redis_key)
  else
    move_key(id, redis_key, old, account)
  end
  redis.call('HSET', redis_key, 'account', account, 'profile', profile, 'max_in_flight', tonumber(w[4]) or 0,
    'weight', w[5], 'tenants', w[7] or '')
  redis.call('SADD', prefix .. 'keys', id)
  local key = Key.load(pool, id)
  local before = old.group or old.profile or ''
  if not old.state or before ~= profile then convert(key, before) end
  if not old.state and start == 'empty' then Limit.exhaust(pool, key, math.huge) end
  return key
end

local function register_unit(line)
  local w = words(line)
  local id, account, group = w[2], w[3], w[4]
  local redis_key = prefix .. id
  local old = Entity.load(redis_key, id, {'group', 'state', 'account', 'profile'}, 4)
  if old.state and not old.group then
    leave_keys(old.account, account)
    redis.call('HDEL', redis_key, 'profile')
    redis.call('HSET', redis_key, 'index', '')
  elseif not old.group then
    first_state(redis_key, {'group', group, 'account', account, 'key', w[9], 'classes', w[6]})
    if string.sub(id, 1, 4) == 'key:' then
      first_breaker(redis_key)
      redis.call('SADD', prefix .. 'keys', account)
    end
  elseif old.group ~= group then
    leave_group(old)
    redis.call('HSET', redis_key, 'index', '')
  else
    -- Not every strategy has this index: placing the unit makes it anew where there is one.
    redis.call('ZREM', Pool.index(pool, 'tokens', group), id)
  end
  redis.call('HSET', redis_key, 'account', account, 'group', group, 'max_in_flight', tonumber(w[5]) or 0,
    'classes', w[6], 'keys', w[7], 'weight', w[8], 'key', w[9], 'has_overall', w[10], 'tenants', w[11], 'models', w[12])
  redis.call('SADD', prefix .. 'accounts', id)
  local unit = Unit.load(pool, id, group)
  local before = old.group or old.profile or ''
  local new = not old.group and not old.state
  if new or before ~= group then convert(unit, before) end
  if new and start == 'empty' then Limit.exhaust(pool, unit, math.huge) end
  return unit
end

local function register_budget(line)
  local w = words(line)
  local id, profile = w[2], w[4]
  local redis_key = prefix .. id
  local old = redis.call('HGET', redis_key, 'profile')
  if not old then redis.call('HSET', redis_key, 'profile', profile, 'in_flight', 0) end
  redis.call('HSET', redis_key, 'profile', profile, 'max_in_flight', tonumber(w[3]), 'models', w[5])
  redis.call('SADD', prefix .. 'budgets', id)
  local budget = Budget.load(pool, id)
  if not old or old ~= profile then convert(budget, old or '') end
  if not old and start == 'empty' then Limit.exhaust(pool, budget, math.huge) end
  Entity.save(budget)
  return budget
end

-- Budgets and keys first, so that the gates of their units are known.
local function accounts_step()
  local units, keys, budgets = {}, {}, {}
  if pool.waiting > 0 then Waiting.begin(pool) end
  for i = 5, #ARGV do
    if string.sub(ARGV[i], 1, 7) == 'budget ' then budgets[#budgets + 1] = register_budget(ARGV[i]) end
  end
  for i = 5, #ARGV do
    if string.sub(ARGV[i], 1, 4) == 'key ' then keys[#keys + 1] = register_key(ARGV[i]) end
  end
  for i = 5, #ARGV do
    if string.sub(ARGV[i], 1, 5) == 'unit ' then units[#units + 1] = register_unit(ARGV[i]) end
  end
  local unit_of = {}
  for _, unit in ipairs(units) do unit_of[unit.account] = unit end
  for _, key in ipairs(keys) do
    local unit = unit_of[key.account]
    if not unit.single then
      sentinel('account:' .. unit.account .. ':ready', 'account:' .. unit.account .. ':parked')
      Key.place(pool, unit, key)
    end
    Entity.save(key)
  end
  for _, unit in ipairs(units) do
    Unit.place(pool, unit)
    Entity.save(unit)
  end
  if pool.rings_changed then Pool.write_rings(pool) end
  if pool.waiting > 0 then Waiting.released(pool, nil, nil, budgets) end
  Pool.touch(pool)
  return {'DONE', pool.now}
end

local function members_step()
  local reply = {'MEMBERS', pool.now}
  for _, id in ipairs(redis.call('SMEMBERS', prefix .. 'accounts')) do
    if id ~= '-' then reply[#reply + 1] = id end
  end
  for _, id in ipairs(redis.call('SMEMBERS', prefix .. 'keys')) do
    if id ~= '-' then reply[#reply + 1] = 'key:' .. id end
  end
  for _, id in ipairs(redis.call('SMEMBERS', prefix .. 'budgets')) do
    if id ~= '-' then reply[#reply + 1] = id end
  end
  return reply
end

-- The indexes of an account's keys go with the last of its units.
local function leave_account(unit)
  local name = 'account:' .. (unit.account or '')
  if redis.call('EXISTS', prefix .. name) == 1 then return end
  for class = 1, unit.classes do
    if redis.call('EXISTS', prefix .. name .. '/' .. class) == 1 then return end
  end
  redis.call('DEL', prefix .. name .. ':ready', prefix .. name .. ':parked')
end

-- Leases that are out end like all others, and their keys, if they go on, have a call fewer in flight; what else they would have
-- changed is gone.
local function remove_step()
  for i = 5, #ARGV do
    local id = ARGV[i]
    local gone = Entity.load(prefix .. id, id, {'group', 'account', 'profile', 'classes'}, 3)
    local number = gone.group or gone.profile or ''
    for _, limit in ipairs(number ~= '' and Pool.limits(pool, number) or {}) do
      redis.call('HDEL', prefix .. 'windows', id .. ' ' .. limit.name)
    end
    leave_group(gone)
    redis.call('SREM', prefix .. 'accounts', id)
    redis.call('SREM', prefix .. 'budgets', id)
    local key_id = string.match(id, '^key:(.*)$')
    if key_id then
      redis.call('SREM', prefix .. 'keys', key_id)
      redis.call('ZREM', prefix .. 'refused', key_id)
      leave_keys(gone.account, key_id)
    end
    redis.call('DEL', prefix .. id)
    if gone.classes then leave_account(gone) end
  end
  Pool.touch(pool)
  return {'DONE', pool.now}
end

-- A configuration with other limits moves units to other groups of the same class.
local function groups_step()
  local of_class, all = {}, redis.call('HGETALL', prefix .. 'groups')
  for i = 1, #all, 2 do
    local class, number = string.match(all[i], '^([^|]*)|'), all[i + 1]
    local units = class and redis.call('ZCARD', Pool.index(pool, 'ready', number))
      + redis.call('ZCARD', Pool.index(pool, 'parked', number)) - 2
    if class and units > 0 then of_class[class] = (of_class[class] and of_class[class] .. ',' or '') .. number end
  end
  local reply = {'GROUPS', pool.now, held[1]}
  for i = 5, #ARGV do
    local text = string.match(ARGV[i], '^group (.*)$')
    reply[#reply + 1] = of_class[string.match(text, '^([^|]*)')] or redis.call('HGET', prefix .. 'groups', text) or ''
  end
  return reply
end

if step == 'open' then return open_step() end
if step == 'groups' then return groups_step() end
if older then return {'OLDER', pool.now, 1, holds} end
if step == 'accounts' then return accounts_step() end
if step == 'members' then return members_step() end
if step == 'remove' then return remove_step() end
redis.call('HSET', meta_key, 'revision', revision)
Pool.touch(pool)
return {'DONE', pool.now}
