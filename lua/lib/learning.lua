--[[
  What answers teach about the limits of a unit, as the provider counts them. Limits become tighter by it, never looser.

  An answer says what is left of a limit: no more is believed to be left than was left when the lease began. It says how
  much a limit holds, or asks for slower growth: then the limit goes at a part of its rate, of 8 eighths 6, 4, 2 or 1. At
  such a pace a charge takes up 8 / eighths of what it would otherwise; nothing but charges changes, so the indexes stay
  exact. After 450 s at a pace the next higher one holds.

  State, in the hash of the unit:
    pace    '<limit>:<eighths>:<since ms> ...' of those that are slowed down; missing or '' if none is

  Learning.pace(pool, unit, limit) -> eighths, or nil for all of them
  Learning.paces(pool, unit) -> what the record of a lease says of them: ' pace=<eighths>,...' of all limits, '' for no pace
  Learning.items(text) -> list              of what settle.lua calls learnt; an error that starts with BADARG if it is none
  Learning.apply(pool, unit, items, start)  what an answer teaches to a lease that began then (us)
  Learning.recover(pool, unit)              forgets paces that are over
]]
local Learning = {}

local STEPS = {1, 2, 4, 6, 8}
local STEP_MS, FRESH_MS, MOST = 450000, 60000, 16

-- The highest step that is not above it.
local function step_at(eighths)
  local at = 1
  for i, step in ipairs(STEPS) do
    if step <= eighths then at = i end
  end
  return at
end

local function entry(unit, name)
  for word, eighths, since in string.gmatch(unit.pace or '', '([%w_]+):(%d):(%d+)') do
    if word == name then return tonumber(eighths), tonumber(since) end
  end
  return nil, nil
end

local function now_at(pool, eighths, since)
  local steps = math.floor((pool.now_ms - since) / STEP_MS)
  return STEPS[math.min(#STEPS, step_at(eighths) + steps)]
end

function Learning.pace(pool, unit, limit)
  local eighths, since = entry(unit, limit.name)
  if not eighths then return nil end
  local present = now_at(pool, eighths, since)
  return present < 8 and present or nil
end

function Learning.paces(pool, unit)
  local list, slowed = {}, false
  for i, limit in ipairs(unit.limits) do
    local eighths = Learning.pace(pool, unit, limit)
    list[i] = eighths or 8
    slowed = slowed or eighths ~= nil
  end
  return slowed and ' pace=' .. table.concat(list, ',') or ''
end

function Learning.items(text)
  local list = {}
  for item in string.gmatch(text .. ',', '([^,]*),') do
    local dimension, window, limit, left = string.match(item, '^([%l_]+) (%d+) (%d+) (%d+)$')
    local found = {dimension = dimension, window_ms = tonumber(window), limit = tonumber(limit), left = tonumber(left),
      slower = item == 'slower'}
    local sound = found.slower or (dimension and found.window_ms > 0 and found.window_ms <= 2764800000
      and found.limit <= 1000000000000 and found.left <= 1000000000000)
    if not sound or #list == MOST then
      Args.bad('learnt', item, string.format('at most %d of slower, or <dimension> <window_ms> <limit> <left>', MOST))
    end
    list[#list + 1] = found
  end
  return list
end

-- Renews an entry; the others stay.
local function set_pace(pool, unit, limit, eighths)
  local words = {limit.name .. ':' .. eighths .. ':' .. string.format('%.0f', pool.now_ms)}
  for word in string.gmatch(unit.pace or '', '%S+') do
    if string.match(word, '^[%w_]+') ~= limit.name then words[#words + 1] = word end
  end
  Entity.set(unit, 'pace', table.concat(words, ' '))
end

local function slow_down(pool, unit, limit, eighths)
  local before = Learning.pace(pool, unit, limit) or 8
  set_pace(pool, unit, limit, eighths)
  if eighths == before then return end
  local full_ms = pool.now_ms + (#STEPS - step_at(eighths)) * STEP_MS
  Pool.log(pool, unit.id, 'SLOWED', limit.name .. '_at_' .. eighths .. '_of_8', full_ms)
end

-- The provider's limit is lower than the configured one. Said again by each answer, so it is written now and then only.
local function hold(pool, unit, limit, most)
  local eighths = STEPS[step_at(math.floor(8 * most / limit.whole))]
  local before = Learning.pace(pool, unit, limit) or 8
  if eighths == 8 or eighths > before then return end
  local _, since = entry(unit, limit.name)
  if eighths < before or pool.now_ms - since >= FRESH_MS then slow_down(pool, unit, limit, eighths) end
end

-- Once for all leases that began before: they were all sent at the rate that was too high.
local function halve(pool, unit, start)
  for _, limit in ipairs(unit.limits) do
    local _, since = entry(unit, limit.name)
    if limit.unit == 1 and (not since or math.floor(start / 1000) >= since) then
      local present = Learning.pace(pool, unit, limit) or 8
      slow_down(pool, unit, limit, STEPS[step_at(math.floor(present / 2))])
    end
  end
end

local function raise_bucket(owner, limit, left, start, now)
  if left >= math.floor(limit.tolerance * limit.limit / limit.period) then return end
  local tat = math.floor(start / limit.unit) + limit.tolerance - Limit.increment(limit, left)
  if tat > (owner[limit.tat] or 0) then Refund.raise(owner, limit, tat, math.ceil(now / limit.unit)) end
end

-- Of windows that slide nothing is learnt from what is left: what has left the window since is not known any more.
local function lower(pool, unit, limit, left, start)
  if limit.mode == 'bucket' then
    raise_bucket(unit, limit, left, start, pool.now)
  elseif limit.mode ~= 'ring' then
    Fixed.raise(unit, limit, limit.whole - left, math.floor(start / limit.unit), math.floor(pool.now / limit.unit))
  end
  Entity.set(unit, limit.left, Limit.left(pool, unit, limit, pool.now))
end

-- Periods may be longer than their window by the arrival jitter.
local function is_of(limit, item)
  local window = item.window_ms * 1000 / limit.unit
  return limit.dimension == item.dimension and string.sub(limit.name, 1, 8) ~= 'overall_'
    and (window == limit.period or window == limit.period - tonumber(limit.jitter))
end

function Learning.apply(pool, unit, items, start)
  for _, item in ipairs(items) do
    if item.slower then halve(pool, unit, start) end
    for _, limit in ipairs(item.slower and {} or unit.limits) do
      if is_of(limit, item) then
        if item.limit > 0 then hold(pool, unit, limit, item.limit) end
        lower(pool, unit, limit, item.left, start)
      end
    end
  end
end

function Learning.recover(pool, unit)
  local words = {}
  for name, eighths, since in string.gmatch(unit.pace, '([%w_]+):(%d):(%d+)') do
    if now_at(pool, tonumber(eighths), tonumber(since)) < 8 then
      words[#words + 1] = name .. ':' .. eighths .. ':' .. since
    end
  end
  Entity.set(unit, 'pace', table.concat(words, ' '))
end
