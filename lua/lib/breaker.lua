--[[
  The breaker of a key: CLOSED, OPEN until an instant, HALF_OPEN while its one probe is under way; DRAINING and DISABLED
  by an operator or by a dead credential. Each opening and closing begins a new generation, and a result counts only in
  the generation it was granted in.

  breaker_probe(pool, key, lease_id)                 the key's one probe begins
  breaker_probe_lost(pool, key)                      the probe said nothing: another one is due, without further rest
  breaker_settle(pool, key, result) -> what changed ('NONE', 'OPENED', 'CLOSED', 'DISABLED')
    result.outcome, result.failure, result.why       as settle.lua has them
    result.probe      whether the lease is the probe that is under way
    result.current    whether the lease was granted in the present generation
    result.elsewhere  whether another account succeeded on the same endpoint within the window
    result.jitter     permille of the rest, 800 to 1200
]]
local BREAKER_SLOTS = 12

local function breaker_policy(pool)
  local errors, window, rest, longest, calls, rate, row =
    string.match(pool.breaker, '^(%d+) (%d+) (%d+) (%d+) (%d+) (%d+) (%d+)$')
  return {errors = tonumber(errors), window_ms = tonumber(window), rest_ms = tonumber(rest),
    longest_ms = tonumber(longest), min_calls = tonumber(calls), rate = tonumber(rate), consecutive = tonumber(row)}
end

-- Counts by slot of a twelfth of the window: 'first_slot count count ...'. A slot that has begun before the window counts
-- no longer, so an error is never remembered beyond it.
local function counts_add(text, slot, change)
  local first, rest = string.match(text or '', '^(%d+)(.*)$')
  first = tonumber(first) or slot
  local oldest = math.max(first, slot - BREAKER_SLOTS + 1)
  if oldest > slot then oldest = slot end
  local counts, total, at = {}, 0, first
  for count in string.gmatch(rest or '', '%d+') do
    if at >= oldest and at <= slot then counts[at - oldest + 1] = tonumber(count) end
    at = at + 1
  end
  local last = slot - oldest + 1
  for i = 1, last do
    counts[i] = counts[i] or 0
    if i == last then counts[i] = math.min(9999, counts[i] + change) end
    total = total + counts[i]
  end
  if total == 0 then return '', 0 end
  return string.format('%.0f ', oldest) .. table.concat(counts, ' '), total
end

local function breaker_change(pool, key, state, why, until_ms)
  entity_set(key, 'state', state)
  entity_set(key, 'why', why)
  entity_set(key, 'since_ms', pool.now_ms)
  entity_set(key, 'until_ms', until_ms)
  entity_set(key, 'gen', (tonumber(key.gen) or 0) + 1)
  entity_set(key, 'probe', '')
  pool.transitions = pool.transitions or {}
  table.insert(pool.transitions, {key.key_id, state, why, until_ms})
end

local function breaker_open(pool, key, why, jitter)
  local policy = breaker_policy(pool)
  local trips = tonumber(key.trips) or 0
  if key.state == 'CLOSED' and pool.now_ms - (tonumber(key.since_ms) or 0) > policy.longest_ms then trips = 0 end
  local rest = math.min(policy.longest_ms, policy.rest_ms * 2 ^ math.min(trips, 30))
  entity_set(key, 'trips', trips + 1)
  breaker_change(pool, key, 'OPEN', why, pool.now_ms + math.ceil(rest * jitter / 1000))
  return 'OPENED'
end

local function breaker_close(pool, key)
  breaker_change(pool, key, 'CLOSED', 'recovered', 0)
  entity_set(key, 'errors', '')
  entity_set(key, 'oks', '')
  entity_set(key, 'errors_in_window', 0)
  entity_set(key, 'consecutive', 0)
  return 'CLOSED'
end

local function breaker_probe(pool, key, lease_id)
  entity_set(key, 'state', 'HALF_OPEN')
  entity_set(key, 'probe', lease_id)
end

local function breaker_probe_lost(pool, key)
  entity_set(key, 'state', 'OPEN')
  entity_set(key, 'until_ms', pool.now_ms)
  entity_set(key, 'probe', '')
end

local function breaker_success(pool, key)
  if (tonumber(key.consecutive) or 0) > 0 then entity_set(key, 'consecutive', 0) end
  local errors = key.errors or ''
  local policy = breaker_policy(pool)
  if policy.rate == 0 and errors == '' then return end
  local slot = math.floor(pool.now_ms / math.ceil(policy.window_ms / BREAKER_SLOTS))
  local text, total = counts_add(errors, slot, 0)
  entity_set(key, 'errors', text)
  entity_set(key, 'errors_in_window', total)
  if policy.rate > 0 then entity_set(key, 'oks', (counts_add(key.oks, slot, 1))) end
end

local function breaker_error(pool, key, result)
  local policy = breaker_policy(pool)
  local slot = math.floor(pool.now_ms / math.ceil(policy.window_ms / BREAKER_SLOTS))
  local text, errors = counts_add(key.errors, slot, 1)
  local _, oks = counts_add(key.oks, slot, 0)
  local row = (tonumber(key.consecutive) or 0) + 1
  entity_set(key, 'errors', text)
  entity_set(key, 'errors_in_window', errors)
  entity_set(key, 'consecutive', row)
  local calls = errors + oks
  local too_often = policy.rate > 0 and calls >= policy.min_calls and errors * 1000 >= policy.rate * calls
  local in_a_row = policy.consecutive > 0 and row >= policy.consecutive
  if errors >= policy.errors or too_often or in_a_row or result.failure == 'suspect' then
    return breaker_open(pool, key, result.why, result.jitter)
  end
  return 'NONE'
end

local function breaker_settle(pool, key, result)
  local outcome = result.outcome
  local blamed = outcome == 'key_failed' or (outcome == 'provider_failed' and result.elsewhere)
  if outcome == 'key_failed' and result.failure == 'dead' then
    if key.state == 'DISABLED' then return 'NONE' end
    breaker_change(pool, key, 'DISABLED', result.why, 0)
    return 'DISABLED'
  end
  if result.probe then
    if outcome == 'success' or outcome == 'rate_limited' then return breaker_close(pool, key) end
    if blamed then return breaker_open(pool, key, result.why, result.jitter) end
    breaker_probe_lost(pool, key)
    return 'NONE'
  end
  if key.state ~= 'CLOSED' or not result.current then return 'NONE' end
  if blamed then return breaker_error(pool, key, result) end
  if outcome == 'success' then breaker_success(pool, key) end
  return 'NONE'
end
