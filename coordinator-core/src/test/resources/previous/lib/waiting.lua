--[[
  Those who wait for what only an event can change: a slot, or the end of a probe. Each is the first of a queue of one
  worker. What brings capacity calls the first of them whom it can help, with a message to its worker, and holds the slot
  for it until it comes, at most 50 ms.

  State: zset waiting: '<worker>/<room>' by rank, the instant (us) at which the caller began to wait, plus ask.later; zset called: those who
  were called, by the instant (us) at which that lapses; hash waiters: of both
    until=<us> rank=<us> priority=<name> needs=<units, or the budget that it lacks> groups=<numbers> why=<group or budget> holds=<ids>
  why and holds: what one that was called has been called for, and the slots that are held for it. Nobody is called for a slot
  that its priority has to leave. One that has not asked for 3 s, or has not come in time, is dropped by whoever meets it. meta
  waiting counts them, so that nobody else looks.

  ask.ticket: when the caller began to wait, '' for one that has not waited yet; ask.room: where it will wait, '' if it will not;
  ask.next: when the next of its queue, which has the same priority, began to wait, '' if there is none; ask.later: of lib/priority

  Waiting.begin(pool)                       from now on units that come back into service are noted in pool.opened
  Waiting.released(pool, unit, key, budgets)    calls for what a lease held (each may be nil) and for what was noted; after
                                            the first write, so it raises nothing
  Waiting.holds(pool, ask) -> slots held for others that wait longer, by the owner's Redis key, or nil
  Waiting.enter(pool, ask, needs)           it waits, for units or for a budget
  Waiting.leave(pool, worker, room)         it waits no more; whom it was called before is called in its place
  Waiting.granted(pool, ask, unit, key)     it waits no more, and ask.next does in its place; if more is left, the first
                                            is called for it. Raises nothing
  Waiting.tell(pool)                        everybody has to ask again
]]
local Waiting = {}

local GRACE_US, LIFE_US, PAGE, PAGES, LAPSES = 50000, 3000000, 8, 4, 8

local function parse(text)
  local life, rank, priority, needs, groups, why, holds = string.match(text or '',
    '^until=(%d+) rank=(%-?%d+) priority=(%a+) needs=(%S+) groups=([%d,*]+) why=(%S*) holds=(%S*)$')
  if not life then return nil end
  return {life = tonumber(life), rank = tonumber(rank), priority = priority, needs = needs, groups = groups, why = why, holds = holds}
end

local function find(pool, member)
  return parse(redis.call('HGET', pool.prefix .. 'waiters', member))
end

local function store(pool, member, one)
  redis.call('HSET', pool.prefix .. 'waiters', member, string.format(
    'until=%d rank=%d priority=%s needs=%s groups=%s why=%s holds=%s',
    one.life, one.rank, one.priority, one.needs, one.groups, one.why, one.holds))
end

local function count(pool)
  pool.waiting = redis.call('HLEN', pool.prefix .. 'waiters') - 1
  redis.call('HSET', pool.meta_key, 'waiting', pool.waiting)
end

local function drop(pool, member)
  redis.call('ZREM', pool.prefix .. 'waiting', member)
  redis.call('ZREM', pool.prefix .. 'called', member)
  redis.call('HDEL', pool.prefix .. 'waiters', member)
  count(pool)
end

-- Who may not publish, or whose server does not, leaves it to the waiter's own timer.
local function publish(pool, member)
  local namespace, id = string.match(pool.prefix, '^(.*){(.*)}:$')
  local worker, room = string.match(member, '^(.*)/(.*)$')
  if namespace and room then redis.pcall('PUBLISH', namespace .. 'wake:' .. worker, id .. ' ' .. room) end
end

local function matches(one, why)
  if one.needs ~= 'units' then return one.needs == why end
  return string.find(why, '^%d+$') and (one.groups == '*' or string.find(',' .. one.groups .. ',', ',' .. why .. ',', 1, true))
end

local function held(pool, rank, own)
  local list = redis.call('ZRANGE', pool.prefix .. 'called', 0, PAGE * PAGES - 1)
  if #list == 0 or list[1] == '-' then return nil end
  local slots, texts = {}, redis.call('HMGET', pool.prefix .. 'waiters', unpack(list))
  for i, member in ipairs(list) do
    local one = member ~= own and parse(texts[i])
    if one and (not rank or one.rank < rank) then
      for id in string.gmatch(one.holds, '[^,]+') do slots[pool.prefix .. id] = (slots[pool.prefix .. id] or 0) + 1 end
    end
  end
  return slots
end

-- The slots that somebody is to be called for: of each owner how many there are, and how many nobody has.
local function slots_of(pool, holds)
  local list, called = {}, held(pool) or {}
  for id in string.gmatch(holds, '[^,]+') do
    local owner = redis.call('HMGET', pool.prefix .. id, 'in_flight', 'max_in_flight')
    local used, slots = tonumber(owner[1]) or 0, tonumber(owner[2]) or 0
    if slots > 0 then list[#list + 1] = {slots = slots, free = slots - used - (called[pool.prefix .. id] or 0)} end
  end
  return list
end

-- Whether one that waits need not leave these slots to more important calls. seen keeps what was read for the one before.
local function may_use(pool, one, holds, seen)
  local keep = Priority.kept(pool, one.priority, one.rank)
  if not keep then return true end
  seen.slots = seen.slots or slots_of(pool, holds)
  for _, of in ipairs(seen.slots) do
    if math.floor(of.slots * keep / 100) >= of.free then return false end
  end
  return true
end

-- What is wrong with those who wait must not undo what has been written: it is named in the log, and they come by their timers.
local function soundly(pool, change, ...)
  local sound, problem = pcall(change, pool, ...)
  if sound then return end
  local text = type(problem) == 'table' and problem.err or tostring(problem)
  Pool.log(pool, 'waiting', 'LEFT_ALONE', string.sub(text, 1, 200), 0)
end

-- The first, behind that rank if there is one, whom a group or a budget can help, and who need not leave these slots.
local function call(pool, why, holds, after)
  local waiting, from, seen = pool.prefix .. 'waiting', 0, {}
  local above = after and string.format('(%d', after) or '-inf'
  for _ = 1, PAGES do
    local list, dropped = redis.call('ZRANGE', waiting, above, '+inf', 'BYSCORE', 'LIMIT', from, PAGE), 0
    if #list == 0 or list[1] == '-' then return end
    local texts = redis.call('HMGET', pool.prefix .. 'waiters', unpack(list))
    for i, member in ipairs(list) do
      if member == '-' then return end
      local one = parse(texts[i])
      if not one or one.life <= pool.now then
        drop(pool, member)
        dropped = dropped + 1
      elseif matches(one, why) and may_use(pool, one, holds, seen) then
        one.why, one.holds = why, holds
        redis.call('ZREM', waiting, member)
        redis.call('ZADD', pool.prefix .. 'called', pool.now + GRACE_US, member)
        store(pool, member, one)
        publish(pool, member)
        return
      end
    end
    from = from + PAGE - dropped
  end
end

-- Whoever was called and has not come loses its place to the next.
local function lapse(pool)
  local late = redis.call('ZRANGE', pool.prefix .. 'called', '-inf', pool.now, 'BYSCORE', 'LIMIT', 0, LAPSES)
  for _, member in ipairs(late) do
    if not pool.touched then Pool.touch(pool) end
    local one = find(pool, member)
    drop(pool, member)
    if one then soundly(pool, call, one.why, one.holds) end
  end
end

local function name(pool, owner)
  return string.sub(owner.redis_key, #pool.prefix + 1)
end

local function has_slots(owner)
  return owner and (owner.max_in_flight or 0) > 0
end

local function holds_of(pool, unit, key)
  local list = {}
  if has_slots(unit) then list[1] = name(pool, unit) end
  if key ~= unit and has_slots(key) then list[#list + 1] = name(pool, key) end
  if has_slots(unit.shared) then list[#list + 1] = name(pool, unit.shared) end
  return table.concat(list, ',')
end

local function rank_of(pool, ask)
  return math.min(tonumber(ask.ticket) or pool.now, pool.now) + ask.later
end

local function member_of(ask)
  return ask.words[2] .. '/' .. ask.room
end

local function groups_of(ask)
  local groups = ask.words[9]
  return #groups <= 512 and groups or '*'
end

-- Nobody is called for a slot that cannot be used before something else happens.
local SHUT = {concurrency = true, probe = true, draining = true, disabled = true}

local function serves(unit)
  return unit.index == 'ready' or not SHUT[unit.wait_for]
end

local function released(pool, unit, key, budgets)
  local opened = {}
  for _, other in pairs(pool.opened or {}) do opened[#opened + 1] = other end
  pool.opened = nil
  lapse(pool)
  if unit and serves(unit) then call(pool, unit.group, holds_of(pool, unit, key)) end
  table.sort(opened, function(a, b) return a.id < b.id end)
  for _, other in ipairs(opened) do
    if other ~= unit then call(pool, other.group, holds_of(pool, other, nil)) end
  end
  for _, budget in ipairs(budgets) do
    if has_slots(budget) and not string.find(budget.id, '^account:') then call(pool, budget.id, name(pool, budget)) end
  end
end

function Waiting.begin(pool)
  pool.opened = {}
end

function Waiting.released(pool, unit, key, budgets)
  soundly(pool, released, unit, key, budgets)
end

function Waiting.holds(pool, ask)
  lapse(pool)
  local newcomer = ask.ticket == ''
  return held(pool, rank_of(pool, ask) + (newcomer and 1 or 0), not newcomer and ask.room ~= '' and member_of(ask))
end

function Waiting.enter(pool, ask, needs)
  local member = member_of(ask)
  local before = find(pool, member)
  -- One that has just come does not push aside the one of its worker that waits there.
  if before and ask.ticket == '' then return end
  if not pool.touched then Pool.touch(pool) end
  local rank = rank_of(pool, ask)
  if before then redis.call('ZREM', pool.prefix .. 'called', member) end
  redis.call('ZADD', pool.prefix .. 'waiting', rank, member)
  store(pool, member, {life = pool.now + LIFE_US, rank = rank, priority = ask.priority, needs = needs, groups = groups_of(ask),
    why = '', holds = ''})
  if not before then count(pool) end
  if before and before.why ~= '' then soundly(pool, call, before.why, before.holds, rank) end
end

function Waiting.leave(pool, worker, room)
  local member = worker .. '/' .. room
  local one = find(pool, member)
  if not one then return end
  if not pool.touched then Pool.touch(pool) end
  drop(pool, member)
  if one.why ~= '' then soundly(pool, call, one.why, one.holds) end
end

-- The next of its queue waits in its place, and need not ask to be known.
local function hand_over(pool, ask, member, one)
  local rank = math.min(tonumber(ask.next), pool.now) + ask.later
  redis.call('ZREM', pool.prefix .. 'called', member)
  redis.call('ZADD', pool.prefix .. 'waiting', rank, member)
  store(pool, member, {life = pool.now + LIFE_US, rank = rank, priority = ask.priority, needs = one and one.needs or 'units',
    groups = groups_of(ask), why = '', holds = ''})
  if not one then count(pool) end
end

local function granted(pool, ask, unit, key)
  local member = member_of(ask)
  local one = find(pool, member)
  if ask.next ~= '' then
    hand_over(pool, ask, member, one)
  elseif not one then
    return
  else
    drop(pool, member)
  end
  local slots = held(pool) or {}
  local function spare(owner)
    return not has_slots(owner) or (owner.in_flight or 0) + (slots[owner.redis_key] or 0) < owner.max_in_flight
  end
  if one and string.find(one.why, '^%d+$') and one.why ~= unit.group then call(pool, one.why, one.holds) end
  if serves(unit) and spare(unit) and spare(unit.shared) then
    call(pool, unit.group, holds_of(pool, unit, spare(key) and key))
  end
  for _, budget in ipairs(ask.budgets) do
    if has_slots(budget) and spare(budget) then call(pool, budget.id, name(pool, budget)) end
  end
end

function Waiting.granted(pool, ask, unit, key)
  soundly(pool, granted, ask, unit, key)
end

function Waiting.tell(pool)
  for _, member in ipairs(redis.call('ZRANGE', pool.prefix .. 'waiting', 0, PAGE * PAGES - 1)) do
    if member ~= '-' then publish(pool, member) end
  end
end
