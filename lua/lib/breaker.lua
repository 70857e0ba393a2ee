--[[
  The breaker of a key: CLOSED, OPEN until an instant, HALF_OPEN while its one probe is under way; DRAINING and DISABLED
  by an operator or by a dead credential. Each opening and closing begins a new generation, and a result counts only in
  the generation it was granted in.

  Keys whose credential the provider refuses stand in the zset refused, by the first refusal (ms) since they last worked.
  If most keys of the pool were first refused within a minute of each other, at least two, then it is the provider that is
  wrong, or we: such a key rests and is probed, but is not disabled.

  Breaker.history(key)                               loads what only failures and probes need: once, before the first write
                                                     and before change, settle or probe_lost
  Breaker.probe(key, lease_id)                       the key's one probe begins
  Breaker.probe_lost(pool, key)                      the probe said nothing: another one is due, without further rest
  Breaker.gone(pool, key, lease_id)                  a lease has ended of which nothing is known; it may have been the probe
  Breaker.change(pool, key, state, why, until_ms)    a new generation
  Breaker.forget(pool, key)                          its errors and refusals, but not how often it has been opened
  Breaker.settle(pool, key, result) -> what changed: NONE | OPENED | CLOSED | DISABLED, or MOST_REFUSED: opened, and with
                                       it most keys have been refused
    result.outcome, result.failure, result.why       as settle.lua has them
    result.probe      whether the lease is the probe that is under way
    result.current    whether the lease was granted in the present generation
    result.outdated   whether the key has got a new secret since
    result.elsewhere  whether another account succeeded on the same endpoint within the window
    result.jitter     permille of the rest, 800 to 1200
]]
local Breaker = {}

local INCIDENT_MS = 60000

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

-- Notes that the provider refuses the key; its reply is whether it refuses most keys, and whether it does so from now on.
local function refuse(pool, key)
  local refused, keys = pool.prefix .. 'refused', redis.call('SCARD', pool.prefix .. 'keys') - 1
  local new = redis.call('ZADD', refused, 'NX', pool.now_ms, key.key_id) == 1
  local first = tonumber(redis.call('ZSCORE', refused, key.key_id))
  local together = redis.call('ZCOUNT', refused, first - INCIDENT_MS, first + INCIDENT_MS)
  local function most(count) return count > 1 and count * 2 > keys end
  return most(together), new and most(together) and not most(together - 1)
end

function Breaker.open(pool, key, why, jitter)
  local policy = Pool.policy(pool)
  local trips = key.trips or 0
  if key.state == 'CLOSED' and pool.now_ms - (key.since_ms or 0) > policy.longest_ms then trips = 0 end
  local rest = math.min(policy.longest_ms, policy.rest_ms * 2 ^ math.min(trips, 30))
  Entity.set(key, 'trips', trips + 1)
  Breaker.change(pool, key, 'OPEN', why, pool.now_ms + math.ceil(rest * jitter / 1000))
end

-- Forgets what has gone wrong.
function Breaker.forget(pool, key)
  redis.call('ZREM', pool.prefix .. 'refused', key.key_id)
  Entity.set(key, 'errors', '')
  Entity.set(key, 'oks', '')
  Entity.set(key, 'errors_in_window', 0)
  Entity.set(key, 'consecutive', 0)
end

function Breaker.close(pool, key)
  Breaker.change(pool, key, 'CLOSED', 'recovered', 0)
  Breaker.forget(pool, key)
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

function Breaker.gone(pool, key, lease_id)
  if key.state == 'HALF_OPEN' and key.probe == lease_id then Breaker.probe_lost(pool, key) end
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

-- Its reply is whether these are too many.
function Breaker.error(pool, key)
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
  return errors >= policy.errors or too_often or in_a_row
end

function Breaker.settle(pool, key, result)
  local outcome, probe = result.outcome, result.probe
  local failure = outcome == 'key_failed' and result.failure or 'error'
  local blamed = outcome == 'key_failed' or (outcome == 'provider_failed' and result.elsewhere)
  local counts = probe or (key.state == 'CLOSED' and result.current)
  if failure == 'dead' and (key.state == 'DISABLED' or result.outdated) then return 'NONE' end
  local most, from_now = false, false
  if failure == 'dead' or (failure == 'suspect' and counts) then most, from_now = refuse(pool, key) end
  if failure == 'dead' and not most then
    Breaker.change(pool, key, 'DISABLED', result.why, 0)
    return 'DISABLED'
  end
  if not counts then return 'NONE' end
  if blamed then
    if not probe and not Breaker.error(pool, key) and failure == 'error' then return 'NONE' end
    Breaker.open(pool, key, result.why, result.jitter)
    return from_now and 'MOST_REFUSED' or 'OPENED'
  end
  if probe then
    if outcome == 'success' or outcome == 'rate_limited' then return Breaker.close(pool, key) end
    Breaker.probe_lost(pool, key)
  elseif outcome == 'success' then
    Breaker.success(pool, key)
  end
  return 'NONE'
end
