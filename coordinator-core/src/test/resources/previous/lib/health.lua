--[[
  Keys that stand out from their peers: much slower, or failing much more often. Such a key is chosen last, for as long as the
  breaker's cool-down; then it is judged anew.

  Every fourth answered call of a key is a sample, and every fourth that failed. Of the key it moves an estimate of the 95th percentile of its latency and an
  average of its failures, in permille; and of the pool what a good key has: the lower quartile of those, weighted by calls.
  A key stands out after five samples, with three times the latency of a good one and half a second more, or with 200 permille of
  failures more than three times those of a good one. The percentiles are moved by small steps, up and down in proportion.

  State, in the hash of a key: p95_ms, faults, samples, degraded_until_ms; in the meta hash: good_p95_ms, good_faults

  Health.read(pool, key) -> good            what a good key has; before the first write
  Health.sample(pool, key, good, outcome, latency_ms)    outcomes that say nothing about the key are no samples
]]
local Health = {}

local FIELDS = {'p95_ms', 'faults', 'samples', 'degraded_until_ms'}

local ENOUGH = 5

function Health.read(pool, key)
  Entity.load_more(key, FIELDS, 0)
  local good = redis.call('HMGET', pool.meta_key, 'good_p95_ms', 'good_faults')
  return {p95_ms = tonumber(good[1] or nil), faults = tonumber(good[2] or nil)}
end

-- A percentile by steps: of up of them for a value above it, and down of them for one below.
local function towards(estimate, value, share, up, down)
  if not estimate then return value end
  local step = math.max(1, math.floor(estimate / share))
  if value > estimate then return math.min(value, estimate + up * step) end
  if value < estimate then return math.max(value, estimate - down * step) end
  return estimate
end

local function why(key, good)
  if (key.samples or 0) < ENOUGH then return nil end
  local usual = good.p95_ms or 0
  if (key.p95_ms or 0) > 3 * usual and (key.p95_ms or 0) > usual + 500 then return 'slow' end
  if (key.faults or 0) > 200 + 3 * (good.faults or 0) then return 'failing' end
  return nil
end

function Health.sample(pool, key, good, outcome, latency_ms)
  local success = outcome == 'success'
  if not success and outcome ~= 'provider_failed' and outcome ~= 'key_failed' then return end
  if success then Entity.set(key, 'p95_ms', towards(key.p95_ms, latency_ms, 128, 19, 1)) end
  local faults = key.faults or 0
  Entity.set(key, 'faults', faults + math.floor(((success and 0 or 1000) - faults) / 8))
  Entity.set(key, 'samples', math.min(1000, (key.samples or 0) + 1))
  if key.p95_ms then good.p95_ms = towards(good.p95_ms, key.p95_ms, 16, 1, 3) end
  good.faults = towards(good.faults, key.faults, 16, 1, 3)
  redis.call('HSET', pool.meta_key, 'good_p95_ms', good.p95_ms or '', 'good_faults', good.faults)
  local reason = (key.degraded_until_ms or 0) <= pool.now_ms and why(key, good)
  if not reason then return end
  Entity.set(key, 'degraded_until_ms', pool.now_ms + Pool.policy(pool).rest_ms)
  Entity.set(key, 'p95_ms', '')
  Entity.set(key, 'faults', 0)
  Entity.set(key, 'samples', 0)
  Pool.log(pool, key.key_id, 'DEGRADED', reason, key.degraded_until_ms)
end
