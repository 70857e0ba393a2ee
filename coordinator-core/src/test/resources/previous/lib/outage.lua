--[[
  Endpoints that rest: a model that is failing for whoever calls it, or that has no capacity until an instant. Nobody's key
  is at fault, and no other key would help.

  Failures in a row, with no success of anybody in between, open an endpoint: twice as many as the breaker of a key takes if
  several accounts have met them, three times as many if one has. It rests a sixteenth of the breaker's cool-down at first
  and each time twice as long, up to the whole; then one lease in the cluster is its probe.

  State: the hash outages, model -> '<state> <until_ms> <since_ms> <row> <trips> <account> <probe> <why>'
    state     FAILING (counts) | BLOCKED (counts, and rests as the provider said) | OPEN (rests until then, and needs a probe)
              | HALF_OPEN (its probe is under way)
    since_ms  of the state, or of its last failure or block
    row       failures in a row
    account   the only one that has met these, * for several, - for none
    probe     id of the lease that is the probe, or -
  and in the meta hash outages_ms, the instant from which all of that is forgotten: until then only it is looked at.

  Outage.read(pool, endpoint) -> outage, or nil     a damaged one is none
  Outage.gate(pool, outage) -> instant, or nil      from which a call may be made; EVENT while the probe is under way, 0 if a
                                                    probe is due, nil if nothing is known against the endpoint
  Outage.probe(pool, endpoint, outage, lease_id)    the lease is its probe
  Outage.is_common(outage, account) -> whether others than this account have failed in this row
  Outage.settle(pool, endpoint, outage, result) -> change, until_ms     ENDPOINT_OPENED until then | ENDPOINT_CLOSED | nil
                                                    result: lease_id, outcome, account, why, jitter
  Outage.block(pool, endpoint, until_ms, why) -> whether it rests longer by that; never shortens a rest
]]
local Outage = {}

local MOST = 256

function Outage.read(pool, endpoint)
  if pool.outages_ms <= pool.now_ms then return nil end
  local text = redis.call('HGET', pool.prefix .. 'outages', endpoint) or ''
  local state, until_ms, since_ms, row, trips, account, probe, why = string.match(text,
    '^(%u[%u_]*) (%d+) (%d+) (%d+) (%d+) (%S+) (%S+) (%S+)$')
  if not state then return nil end
  return {state = state, until_ms = tonumber(until_ms), since_ms = tonumber(since_ms), row = tonumber(row),
    trips = tonumber(trips), account = account, probe = probe, why = why}
end

-- horizon_ms: until when it matters.
local function write(pool, endpoint, outage, horizon_ms)
  local outages = pool.prefix .. 'outages'
  if not redis.call('HGET', outages, endpoint) and redis.call('HLEN', outages) > MOST then
    local some = redis.call('HRANDFIELD', outages, 2)
    redis.call('HDEL', outages, some[1] ~= '-' and some[1] or some[2])
  end
  redis.call('HSET', outages, endpoint, string.format('%s %.0f %.0f %.0f %.0f %s %s %s', outage.state, outage.until_ms,
    outage.since_ms, outage.row, outage.trips, outage.account, outage.probe, outage.why))
  if horizon_ms > pool.outages_ms then
    pool.outages_ms = horizon_ms
    redis.call('HSET', pool.meta_key, 'outages_ms', horizon_ms)
  end
end

local function fresh()
  return {state = 'FAILING', until_ms = 0, since_ms = 0, row = 0, trips = 0, account = '-', probe = '-'}
end

local function forget(pool, endpoint)
  redis.call('HDEL', pool.prefix .. 'outages', endpoint)
end

function Outage.gate(pool, outage)
  if outage.state == 'HALF_OPEN' then
    local expires_ms = tonumber(redis.call('ZSCORE', pool.prefix .. 'leases', outage.probe) or -1)
    return expires_ms > pool.now_ms and pool.EVENT or 0
  end
  if outage.state ~= 'FAILING' and outage.until_ms > pool.now_ms then return outage.until_ms * 1000 end
  return outage.state == 'OPEN' and 0 or nil
end

function Outage.probe(pool, endpoint, outage, lease_id)
  outage.state, outage.since_ms, outage.probe = 'HALF_OPEN', pool.now_ms, lease_id
  write(pool, endpoint, outage, 0)
  Pool.log(pool, 'endpoint:' .. endpoint, 'HALF_OPEN', 'probe', 0)
end

function Outage.is_common(outage, account)
  return outage ~= nil and outage.account ~= '-' and outage.account ~= account
end

local function open(pool, endpoint, outage, result)
  local policy = Pool.policy(pool)
  local rest = math.min(policy.rest_ms, math.ceil(policy.rest_ms / 16) * 2 ^ math.min(outage.trips, 30))
  outage.state, outage.since_ms, outage.why, outage.probe = 'OPEN', pool.now_ms, result.why, '-'
  outage.until_ms = math.max(outage.until_ms, pool.now_ms + math.ceil(rest * result.jitter / 1000))
  outage.trips = outage.trips + 1
  write(pool, endpoint, outage, outage.until_ms + policy.longest_ms)
  Pool.log(pool, 'endpoint:' .. endpoint, 'OPENED', result.why, outage.until_ms)
  return 'ENDPOINT_OPENED', outage.until_ms
end

local function count(pool, endpoint, outage, result)
  local policy = Pool.policy(pool)
  outage = outage or fresh()
  if pool.now_ms - outage.since_ms > policy.window_ms then outage.row, outage.account = 0, '-' end
  outage.account = (outage.account == '-' or outage.account == result.account) and result.account or '*'
  outage.row, outage.since_ms, outage.why = outage.row + 1, pool.now_ms, result.why
  if outage.row >= policy.errors * (outage.account == '*' and 2 or 3) then return open(pool, endpoint, outage, result) end
  write(pool, endpoint, outage, math.max(outage.until_ms, pool.now_ms + policy.window_ms))
  return nil
end

-- The row is over; what the provider has said stands.
local function ended(pool, endpoint, outage)
  if outage.until_ms <= pool.now_ms then return forget(pool, endpoint) end
  if outage.row == 0 then return end
  outage.row, outage.account = 0, '-'
  write(pool, endpoint, outage, 0)
end

local function probed(pool, endpoint, outage, result)
  local outcome = result.outcome
  if outcome == 'provider_failed' then return open(pool, endpoint, outage, result) end
  if outcome == 'success' or outcome == 'rate_limited' or outcome == 'caller_fault' then
    forget(pool, endpoint)
    Pool.log(pool, 'endpoint:' .. endpoint, 'CLOSED', 'recovered', 0)
    return 'ENDPOINT_CLOSED', 0
  end
  outage.state, outage.until_ms, outage.probe = 'OPEN', pool.now_ms, '-'
  write(pool, endpoint, outage, 0)
  return nil
end

function Outage.settle(pool, endpoint, outage, result)
  local counts = not outage or outage.state == 'FAILING' or outage.state == 'BLOCKED'
  if outage and outage.state == 'HALF_OPEN' and outage.probe == result.lease_id then
    return probed(pool, endpoint, outage, result)
  end
  if result.outcome == 'provider_failed' and counts then return count(pool, endpoint, outage, result) end
  if result.outcome == 'success' and outage and counts then ended(pool, endpoint, outage) end
  return nil
end

function Outage.block(pool, endpoint, until_ms, why)
  local outage = Outage.read(pool, endpoint) or fresh()
  if outage.until_ms >= until_ms then return false end
  if outage.state == 'FAILING' then outage.state = 'BLOCKED' end
  if outage.state == 'HALF_OPEN' then outage.state, outage.probe = 'OPEN', '-' end
  outage.until_ms, outage.since_ms, outage.why = until_ms, pool.now_ms, why
  write(pool, endpoint, outage, until_ms + (outage.state == 'OPEN' and Pool.policy(pool).longest_ms or 0))
  Pool.log(pool, 'endpoint:' .. endpoint, 'BLOCKED', why, until_ms)
  return true
end
