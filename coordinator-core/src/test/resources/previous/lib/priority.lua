--[[
  How calls of different importance share a pool: interactive before normal before batch.

  A call leaves a share of every limit and of all slots to more important calls, so that these find some left when they come. Of
  those who wait for slots a more important one counts as if it had waited longer, by so much for each step: ageing. Who has
  waited so long itself leaves no more than the next more important priority; so nobody waits for ever.

  State: meta headroom '<normal> <batch> <ageing_ms>': what is left by calls of these priorities, in percent; how long a step is

  Priority.known(priority) -> whether there is one of that name
  Priority.of(pool, priority, since_us) -> keep, later     what the call leaves, in percent, nil for nothing; by how much (us) the
                                                    caller is behind normal ones who began to wait when it did. since_us: when
                                                    that was, nil if it has not
  Priority.kept(pool, priority, rank) -> keep       of one that waits at that rank, which is since_us and later
]]
local Priority = {}

local STEPS = {interactive = 0, normal = 1, batch = 2}

function Priority.known(priority)
  return STEPS[priority] ~= nil
end

function Priority.of(pool, priority, since_us)
  local normal, batch, ageing_ms = string.match(pool.headroom, '^(%d+) (%d+) ([1-9]%d*)$')
  if not normal then
    error({err = 'DAMAGED meta headroom is ' .. string.sub(pool.headroom, 1, 64) .. ', expected two shares and a time'})
  end
  local shares, ageing, step = {tonumber(normal), tonumber(batch)}, tonumber(ageing_ms) * 1000, STEPS[priority]
  local waited = since_us and math.max(0, pool.now - since_us) or 0
  local share = shares[step - math.floor(waited / ageing)] or 0
  return share > 0 and share or nil, (step - STEPS.normal) * ageing
end

function Priority.kept(pool, priority, rank)
  local _, later = Priority.of(pool, priority)
  return (Priority.of(pool, priority, rank - later))
end
