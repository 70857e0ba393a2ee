--[[
  The breaker of a key: CLOSED, OPEN until an instant, HALF_OPEN while its one probe is under way; DRAINING and DISABLED
  by an operator or by a dead credential. Each opening and closing begins a new generation, and a result counts only in
  the generation it was granted in.

  Breaker.history(key)                               loads what only failures and probes need: once, before the first write
                                                     and before change, settle or probe_lost
  Breaker.probe(key, lease_id)                       the key's one probe begins
  Breaker.probe_lost(pool, key)                      the probe said nothing: another one is due, without further rest
  Breaker.change(pool, key, state, why, until_ms)    a new generation
  Breaker.forget(key)                                its errors, but not how often it has been opened
  Breaker.settle(pool, key, result) -> what changed ('NONE', 'OPENED', 'CLOSED', 'DISABLED')
    result.outcome, result.failure, result.why       as settle.lua has them
    result.probe      whether the lease is the probe that is under way
    result.current    whether the lease was granted in the present generation
    result.outdated   whether the key has got a new secret since
    result.elsewhere  whether another account succeeded on the same endpoint within the window
    result.jitter     permille of the rest, 800 to 1200
]]
local Breaker = {}

-- What only a failure or a probe needs to know.
function Breaker.history(key)
  Entity.load_more(key, {'errors', 'oks', 'why', 'probe', 'trips', 'since_ms', 'consecutive', 'errors_in_window',
    'secret_gen'}, 4)
end

-- Counts by slot of a twelfth of the window: 'first_slot count count ...'. A slot that has begun before the window counts
-- no longer, so an error is never remembered beyond it.
function Breaker.counts_add(pool, text, slot, change)
  local first, rest = string.match(text or '', '^(%d+)(.*)$')
  first = tonumber(first) or slot
  local oldest = math.max(first, slot - pool.SLOTS + 1)
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

function Breaker.change(pool, key, state, why, until_ms)
  Entity.set(key, 'state', state)
  Entity.set(key, 'why', why)
  Entity.set(key, 'since_ms', pool.now_ms)
  Entity.set(key, 'until_ms', until_ms)
  Entity.set(key, 'gen', (key.gen or 0) + 1)
  Entity.set(key, 'probe', '')
  if state ~= 'CLOSED' then pool.losses = pool.losses + 1 end
end

function Breaker.open(pool, key, why, jitter)
  local policy = Pool.policy(pool)
  local trips = key.trips or 0
  if key.state == 'CLOSED' and pool.now_ms - (key.since_ms or 0) > policy.longest_ms then trips = 0 end
  local rest = math.min(policy.longest_ms, policy.rest_ms * 2 ^ math.min(trips, 30))
  Entity.set(key, 'trips', trips + 1)
  Breaker.change(pool, key, 'OPEN', why, pool.now_ms + math.ceil(rest * jitter / 1000))
  return 'OPENED'
end

-- Forgets what has gone wrong.
function Breaker.forget(key)
  Entity.set(key, 'errors', '')
  Entity.set(key, 'oks', '')
  Entity.set(key, 'errors_in_window', 0)
  Entity.set(key, 'consecutive', 0)
end

function Breaker.close(pool, key)
  Breaker.change(pool, key, 'CLOSED', 'recovered', 0)
  Breaker.forget(key)
  return 'CLOSED'
end

function Breaker.probe(key, lease_id)
  Entity.set(key, 'state', 'HALF_OPEN')
  Entity.set(key, 'probe', lease_id)
end

function Breaker.probe_lost(pool, key)
  Entity.set(key, 'state', 'OPEN')
  Entity.set(key, 'until_ms', pool.now_ms)
  Entity.set(key, 'probe', '')
end

function Breaker.success(pool, key)
  local window_ms, rate = Pool.watch(pool)
  Entity.set(key, 'consecutive', 0)
  local slot = math.floor(pool.now_ms / math.ceil(window_ms / pool.SLOTS))
  local text, total = Breaker.counts_add(pool, key.errors, slot, 0)
  Entity.set(key, 'errors', text)
  Entity.set(key, 'errors_in_window', total)
  if rate > 0 then Entity.set(key, 'oks', (Breaker.counts_add(pool, key.oks, slot, 1))) end
end

function Breaker.error(pool, key, result)
  local policy = Pool.policy(pool)
  local slot = math.floor(pool.now_ms / math.ceil(policy.window_ms / pool.SLOTS))
  local text, errors = Breaker.counts_add(pool, key.errors, slot, 1)
  local _, oks = Breaker.counts_add(pool, key.oks, slot, 0)
  local row = (key.consecutive or 0) + 1
  Entity.set(key, 'errors', text)
  Entity.set(key, 'errors_in_window', errors)
  Entity.set(key, 'consecutive', row)
  local calls = errors + oks
  local too_often = policy.rate > 0 and calls >= policy.min_calls and errors * 1000 >= policy.rate * calls
  local in_a_row = policy.consecutive > 0 and row >= policy.consecutive
  if errors >= policy.errors or too_often or in_a_row or result.failure == 'suspect' then
    return Breaker.open(pool, key, result.why, result.jitter)
  end
  return 'NONE'
end

function Breaker.settle(pool, key, result)
  local outcome = result.outcome
  local blamed = outcome == 'key_failed' or (outcome == 'provider_failed' and result.elsewhere)
  if outcome == 'key_failed' and result.failure == 'dead' then
    if key.state == 'DISABLED' or result.outdated then return 'NONE' end
    Breaker.change(pool, key, 'DISABLED', result.why, 0)
    return 'DISABLED'
  end
  if result.probe then
    if outcome == 'success' or outcome == 'rate_limited' then return Breaker.close(pool, key) end
    if blamed then return Breaker.open(pool, key, result.why, result.jitter) end
    Breaker.probe_lost(pool, key)
    return 'NONE'
  end
  if key.state ~= 'CLOSED' or not result.current then return 'NONE' end
  if blamed then return Breaker.error(pool, key, result) end
  if outcome == 'success' then Breaker.success(pool, key) end
  return 'NONE'
end
