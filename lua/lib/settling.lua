--[[
  One settlement, as settle.lua and its place in a batch have it: their headers are its contract.

  told holds what was told: words (as they came), outcome, used (by dimension; nil for what is unknown), block_ms,
  latency_ms, jitter; and then the lease, and whether it is live: not reaped yet.

  Settling.read(words) -> told              lease_id, record, outcome, input, output, money, failure, block_scope, block_ms,
                                            why, endpoint, latency_ms, jitter and learnt; an error that starts with BADARG if one
                                            of them is none
  Settling.WORDS                            how many those are
  Settling.run(pool, told) -> reply         decides, then writes
]]
local Settling = {}

Settling.WORDS = 14

-- Of a key, one call of so many is a sample of what it is like.
local SAMPLED = 4
local NONE = {}

function Settling.read(words)
  local lease_id, outcome, failure, scope, why = words[1], words[3], words[7], words[8], words[10]
  local input, output, money = tonumber(words[4]), tonumber(words[5]), tonumber(words[6])
  local block_ms, latency_ms, jitter = tonumber(words[9]), tonumber(words[12]), tonumber(words[13])
  local all = lease_id .. ' ' .. table.concat(words, ' ', 3, 10) .. ' ' .. words[12] .. ' ' .. words[13]
  if not string.find(all, '^%w[%w._-]* [%a_]+ %-?%d+ %-?%d+ %-?%d+ %a+ [%a_]+ %d+ [%w_.-]+ %-?%d+ %d+$')
    or input < -1 or input > 1000000000 or output < -1 or output > 1000000000 or money < -1 or money > 1000000000000
    or block_ms > 2764800000 or latency_ms < -1 or latency_ms > 86400000 or jitter < 800 or jitter > 1200 then
    Args.word('lease_id', lease_id, '%w[%w._-]*')
    Args.word('outcome', outcome, '[%a_]+')
    Args.integer('input', words[4], -1, 1000000000)
    Args.integer('output', words[5], -1, 1000000000)
    Args.integer('money', words[6], -1, 1000000000000)
    Args.word('failure', failure, '%a+')
    Args.word('block_scope', scope, '[%a_]+')
    Args.integer('block_ms', words[9], 0, 2764800000)
    Args.word('why', why, '[%w_.-]+')
    Args.integer('latency_ms', words[12], -1, 86400000)
    Args.integer('jitter', words[13], 800, 1200)
  end
  local used = Limit.cost(input, output, money)
  used.requests = nil
  if input < 0 then used.input_tokens, used.tokens = nil, nil end
  if output < 0 then used.output_tokens, used.tokens = nil, nil end
  if money < 0 then used.money = nil end
  local learnt = words[14] ~= '' and Learning.items(words[14])
  return {words = words, outcome = outcome, used = used, learnt = learnt, block_ms = block_ms, latency_ms = latency_ms, jitter = jitter,
    lease = nil, live = nil, outage = nil}
end

-- What was used against what was reserved, on each limit of an owner.
local function settle_limits(pool, told, owner, position)
  local now, live, stamps = pool.now, told.live, Lease.stamps(told.lease, position, owner)
  local paces = position == 1 and told.lease.paces ~= '' and Lease.paces(told.lease, owner) or NONE
  for i, limit in ipairs(owner.limits) do
    local reserved, used, stamp = told.lease.cost[limit.dimension], told.used[limit.dimension], stamps[i] or 0
    local pace = paces[i]
    if told.outcome == 'unused' then
      if live then Refund.give(pool, owner, limit, reserved, stamp, now, pace) end
    elseif used then
      if limit.completion then
        if live then Refund.give(pool, owner, limit, reserved, stamp, now, pace) end
        local charged = live and used or math.max(0, used - reserved)
        if charged > 0 then Limit.charge(pool, owner, limit, charged, now, now, pace) end
      elseif used > reserved then
        Limit.charge(pool, owner, limit, used - reserved, now, now, pace)
      elseif live and limit.refund and used < reserved then
        Refund.give(pool, owner, limit, reserved - used, stamp, now, pace)
      end
    end
    Entity.set(owner, limit.left, Limit.left(pool, owner, limit, now))
  end
  Entity.set(owner, 'as_of_ms', pool.now_ms)
end

-- Calls and their latency: an average in which the last call weighs an eighth.
local function count_call(told, key, figure)
  Entity.set(key, figure, (key[figure] or 0) + 1)
  if told.outcome ~= 'success' then return end
  local average = key.latency_ms or told.latency_ms
  Entity.set(key, 'latency_ms', math.floor(average + (told.latency_ms - average) / 8 + 0.5))
end

-- A success of a key without any fault teaches its breaker nothing.
local function is_ordinary(pool, told, key)
  local _, rate = Pool.watch(pool)
  return told.outcome == 'success' and not told.lease.probe and key.state == 'CLOSED' and rate == 0
    and (key.errors_in_window or 0) == 0
end

-- What the outcome says about the model, whoever calls it; its reply is what changed, and until when it rests.
local function settle_endpoint(pool, told, unit)
  local outage = Outage.read(pool, told.words[11])
  told.outage = outage and {state = outage.state, account = outage.account}
  return Outage.settle(pool, told.words[11], outage, {lease_id = told.words[1], outcome = told.outcome, account = unit.account,
    why = told.words[10], jitter = told.jitter})
end

-- What the outcome says about the key's breaker; its reply is what changed.
local function judge(pool, told, unit, key)
  local outcome, endpoint, why = told.outcome, told.words[11], told.words[10]
  local probe = told.lease.probe and key.state == 'HALF_OPEN' and key.probe == told.words[1]
  local elsewhere = outcome == 'provider_failed' and not Outage.is_common(told.outage, unit.account)
    and Endpoint.elsewhere(pool, endpoint, unit.account)
  local change = Breaker.settle(pool, key, {outcome = outcome, failure = told.words[7], why = why, probe = probe,
    current = key.gen == told.lease.gen, outdated = told.lease.gen < (key.secret_gen or 0), elsewhere = elsewhere, jitter = told.jitter})
  local most = change == 'MOST_REFUSED'
  if change ~= 'NONE' then Pool.log(pool, key.key_id, most and 'OPENED' or change, why, key.until_ms or 0) end
  if most then Pool.log(pool, 'pool', change, why, 0) end
  return change
end

function Settling.run(pool, told)
  local words, outcome = told.words, told.outcome
  local lease_id, record = words[1], words[2]

  local function reply(word)
    return {word, pool.now, pool.seq, pool.losses}
  end

  -- Decide: which lease this is, and whether it is still to be settled.
  local live = redis.call('ZSCORE', pool.prefix .. 'leases', lease_id)
  if live and record == '' then record = redis.call('HGET', pool.prefix .. 'holders', lease_id) or '' end
  local lease = Lease.parse(record)
  if record ~= '' and not lease then Args.bad('record', record, 'the record that acquire replied') end
  if not live and not redis.call('ZSCORE', pool.prefix .. 'reaped', lease_id) then
    if redis.call('ZSCORE', pool.prefix .. 'settled', lease_id) then return reply('DUPLICATE') end
    redis.call('ZADD', pool.prefix .. 'settled', pool.now_ms, lease_id)
    return reply('UNKNOWN')
  end
  told.lease, told.live = lease, live
  local figure = outcome == 'success' and 'calls_ok' or 'calls_failed'
  local unit, key, budgets, moved = nil, nil, {}, nil
  if lease then unit, key, budgets, moved = Lease.owners(pool, lease, {'errors_in_window', figure, 'latency_ms'}) end
  -- All that is read of them is read now: a damaged field is an error only before the first write.
  local ordinary = key and live and is_ordinary(pool, told, key)
  if key and live and not ordinary then Breaker.history(key) end
  if moved then Breaker.history(moved) end
  local counted = key and live and told.latency_ms >= 0 and outcome ~= 'unused'
  local good = counted and (key[figure] or 0) % SAMPLED == 0 and Health.read(pool, key)

  -- Apply. The first write shrinks, so that it passes when Redis is full; nothing after it can fail.
  redis.call('ZREM', pool.prefix .. (live and 'leases' or 'reaped'), lease_id)
  redis.call('HDEL', pool.prefix .. 'holders', lease_id)
  pool.seq = pool.seq + 1
  local change, until_ms, errors = 'NONE', 0, 0
  local of_model, of_model_ms = nil, 0
  local key_gate, overall_gate = Lease.gates(pool, unit, key)
  for _, budget in ipairs(budgets) do settle_limits(pool, told, budget, budget.position) end
  if live then Lease.release(unit, key, budgets) end
  if unit then
    settle_limits(pool, told, unit, 1)
    if key and key ~= unit then settle_limits(pool, told, key, 2) end
    if unit.pace and unit.pace ~= '' then Learning.recover(pool, unit) end
    if live then
      if told.learnt then Learning.apply(pool, unit, told.learnt, tonumber(lease.start)) end
      if key then
        if counted then count_call(told, key, figure) end
        if good then Health.sample(pool, key, good, outcome, told.latency_ms) end
        local endpoint = words[11]
        if outcome == 'success' and endpoint ~= '' then Endpoint.succeeded(pool, endpoint, unit.account) end
        if endpoint ~= '' and (outcome == 'provider_failed' or pool.outages_ms > pool.now_ms) then
          of_model, of_model_ms = settle_endpoint(pool, told, unit)
        end
        if not ordinary then change = judge(pool, told, unit, key) end
        until_ms, errors = key.until_ms or 0, key.errors_in_window or 0
      end
      if told.block_ms > 0 and words[8] == 'endpoint' then
        if words[11] ~= '' and Outage.block(pool, words[11], pool.now_ms + told.block_ms, words[10]) then
          of_model, of_model_ms = 'ENDPOINT_BLOCKED', pool.now_ms + told.block_ms
        end
      elseif told.block_ms > 0 and words[8] ~= 'none' then
        Block.set(pool, unit, key, words[8], pool.now_ms + told.block_ms, words[10])
      end
    end
  end
  local wakes = live and pool.waiting > 0
  if wakes then Waiting.begin(pool) end
  Lease.store(pool, unit, key, budgets, key_gate, overall_gate)
  if moved and live then
    Breaker.gone(pool, moved, lease_id)
    Lease.leave(pool, moved)
  end
  if unit and live and told.block_ms > 0 and words[8] == 'account' then
    Block.others(pool, unit, pool.now_ms + told.block_ms, words[10])
  end
  if wakes then Waiting.released(pool, unit, key, budgets) end
  redis.call('ZADD', pool.prefix .. 'settled', pool.now_ms, lease_id)
  if pool.now_ms % 4 == 0 then Reap.forget(pool) end
  Pool.touch(pool)
  if not live then return reply('LATE') end
  if change == 'NONE' and of_model then change, until_ms = of_model, of_model_ms end
  return {'SETTLED', pool.now, pool.seq, pool.losses, change, until_ms, errors}
end
