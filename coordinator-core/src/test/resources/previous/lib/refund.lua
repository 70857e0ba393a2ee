--[[
  What is given back of a bucket, and reservations that lie ahead in it.

  The field <name>_back holds the time given back so far, modulo 2^51; while a reservation lies ahead, also its start
  and its slack: charges before it may shift no further than the gap that it found.

  Refund.hold(owner, limit, start, now) -> time given back so far    before a charge, which may lie ahead
  Refund.give(pool, owner, limit, cost, v, now, pace)    gives back by the safe rule, never more than is still there; pace: at
                                                    which it was charged, as in Limit.charge
  Refund.raise(owner, limit, tat, now)              the bucket is used up to there; what was charged before gives back nothing
                                                    any more
]]
local Refund = {}

local WRAP = 2251799813685248 -- 2^51

function Refund.kept(owner, limit, now)
  local kept = owner[limit.back] or 0
  if type(kept) == 'number' then return kept, nil, nil end
  local given, start, slack = string.match(kept, '^(%d+) (%d+) (%d+)$')
  start = tonumber(start)
  if start and start > now then return tonumber(given), start, tonumber(slack) end
  return tonumber(given) or 0, nil, nil
end

function Refund.keep(owner, limit, back, start, slack)
  Entity.set(owner, limit.back, start and string.format('%.0f %.0f %.0f', back, start, slack) or back)
end

function Refund.hold(owner, limit, start, now)
  local back, held, slack = Refund.kept(owner, limit, now)
  if start > now then
    local gap = math.max(0, (owner[limit.tat] or 0) - start)
    if held then gap = math.min(gap, slack) end
    Refund.keep(owner, limit, back, math.max(held or 0, start), gap)
  end
  return back
end

-- The safe refund: a charge occupies the time before v on the bucket's line. What lies before now has leaked already,
-- and what was given back since has moved it to the left. In coarse units now is rounded up, so that less is given back.
function Refund.give(pool, owner, limit, cost, v, now, pace)
  if limit.mode ~= 'bucket' then
    cost = pace and math.floor(cost * 8 / pace) or cost
    return Window.refund(pool, owner, limit, cost, v, math.floor(now / limit.unit))
  end
  now = math.ceil(now / limit.unit)
  local tat = owner[limit.tat] or 0
  local back, held, slack = Refund.kept(owner, limit, now)
  local still = v - back - now
  if still > WRAP / 2 then still = still - WRAP end
  local worth = math.floor(cost * limit.period / limit.limit)
  if pace then worth = math.floor(worth * 8 / pace) end
  local give = math.min(worth, still, tat - now)
  if held then give = math.min(give, slack) end
  if give <= 0 then return end
  Entity.set(owner, limit.tat, tat - give)
  Refund.keep(owner, limit, (back + give) % WRAP, held, held and slack - give)
end

-- The provider's word holds what earlier calls have used, not what they had reserved: all that they could give back counts as
-- given back.
function Refund.raise(owner, limit, tat, now)
  local back, held, slack = Refund.kept(owner, limit, now)
  local backlog = math.max(0, (owner[limit.tat] or 0) - now)
  Refund.keep(owner, limit, (back + backlog) % WRAP, held, slack)
  Entity.set(owner, limit.tat, tat)
end
