--[[
  Gates: what keeps a unit or a key from serving, whatever the size of the request: slots, blocks, breakers, and limits
  of requests. A gate is an instant and the word for what shuts it: 0 when it is open, EVENT if something must happen
  first, NEVER if an operator must act.

  Gate.own(pool, owner) -> instant, what            slots and block, and the breaker of what has one
  Gate.free(pool, owner) -> instant, what           the same; slots that are held for others (pool.held), or kept for more
                                                    important calls (pool.keep, in percent of all), count as used
  Gate.limits(pool, owner, instant, what) -> instant, what     the later of a gate and the limits of an owner
  Gate.whole(pool, owner) -> instant, what          of a key or a budget: slots, block, breaker and limits; 0 if it is open now
  Gate.admits(pool, owner, cost, time) -> instant, what    the first instant not before time at which a key or a budget admits
                                                    a call of that cost
  Gate.earliest(pool, owner, cost, instant, what) -> instant, what   the first instant not before that one at which its
                                                    limits admit a call of that cost, and pool.keep percent of them are left
]]
local Gate = {}

function Gate.own(pool, owner)
  local instant, what = (owner.blocked_until_ms or 0) * 1000, 'block'
  if instant <= pool.now then instant, what = 0, '' end
  local slots = owner.max_in_flight or 0
  if pool.withheld then slots = slots - math.floor(slots * pool.withheld / 1000000) end
  if slots > 0 and (owner.in_flight or 0) >= slots then instant, what = pool.EVENT, 'concurrency' end
  if owner.state and owner.state ~= 'CLOSED' then return Gate.breaker(pool, owner, instant, what) end
  return instant, what
end

-- The bucket of tokens that orders the index has no gate: a unit without tokens for one request has them for another.
-- Other limits shut when not a single unit is left of them.
function Gate.limits(pool, owner, instant, what)
  for _, limit in ipairs(owner.limits) do
    if limit ~= owner.indexed then
      local earliest = Limit.earliest(pool, owner, limit, 1, pool.now)
      if earliest > instant then instant, what = earliest, limit.dimension end
    end
  end
  return instant, what
end

-- Limits admit at every instant after their earliest, but for fixed windows near their end: so until nothing moves.
function Gate.earliest(pool, owner, cost, instant, what)
  local moved = true
  for _ = 1, 4 do
    if not moved or instant >= pool.EVENT then break end
    moved = false
    for _, limit in ipairs(owner.limits) do
      local earliest = (pool.keep and Limit.keeping or Limit.earliest)(pool, owner, limit, cost[limit.dimension], instant)
      if earliest > instant then instant, what, moved = earliest, limit.dimension, true end
    end
  end
  return instant, what
end

--- @lazily

function Gate.free(pool, owner)
  local slots, others = owner.max_in_flight or 0, pool.held and pool.held[owner.redis_key] or 0
  if pool.keep then others = others + math.floor(slots * pool.keep / 100) end
  if pool.withheld then others = others + math.floor(slots * pool.withheld / 1000000) end
  if slots == 0 or others == 0 or (owner.in_flight or 0) + others < slots then return Gate.own(pool, owner) end
  if owner.state and owner.state ~= 'CLOSED' then return Gate.breaker(pool, owner, pool.EVENT, 'concurrency') end
  return pool.EVENT, 'concurrency'
end

function Gate.whole(pool, owner)
  local instant, what = Gate.own(pool, owner)
  instant, what = Gate.limits(pool, owner, instant, what)
  if instant <= pool.now then return 0, '' end
  return instant, what
end

function Gate.admits(pool, owner, cost, time)
  local instant, what = ((pool.held or pool.keep) and Gate.free or Gate.own)(pool, owner)
  if time > instant then instant, what = time, '' end
  return Gate.earliest(pool, owner, cost, instant, what)
end

function Gate.breaker(pool, key, instant, what)
  local shut, why = pool.NEVER, 'disabled'
  if key.state == 'OPEN' then
    shut, why = key.until_ms * 1000, 'breaker'
  elseif key.state == 'HALF_OPEN' then
    shut, why = pool.EVENT, 'probe'
  elseif key.state == 'DRAINING' then
    why = 'draining'
  end
  if shut > instant then return shut, why end
  return instant, what
end
