--[[
  How calls of different importance share a pool: interactive before normal before batch.

  A call leaves a share of every limit and of all slots to more important calls, so that these find some left when they come. Of
  those who wait for slots a more important one counts as if it had waited longer, by so much for each step: ageing. Who has
  waited so long itself leaves no more than the next more important priority; so nobody waits for ever.

  State: meta headroom '<normal> <batch> <ageing_ms>': what is left by calls of these priorities, in percent; how long a step is

  Priority.known(priority) -> whether there is one of that name
  Priority.keep(pool, priority, since_us) -> percent, or nil for none; since_us: when the caller began to wait, nil if it has not
  Priority.later(pool, priority) -> by how much (us) it is behind others who began to wait with it
]]
local Priority = {}

local STEPS = {interactive = 0, normal = 1, batch = 2}

local function policy(pool)
  local normal, batch, ageing_ms = string.match(pool.headroom, '^(%d+) (%d+) (%d+)$')
  if not normal then
    error({err = 'DAMAGED meta headroom is ' .. string.sub(pool.headroom, 1, 64) .. ', expected two shares and a time'})
  end
  return {tonumber(normal), tonumber(batch)}, tonumber(ageing_ms) * 1000
end

function Priority.known(priority)
  return STEPS[priority] ~= nil
end

function Priority.keep(pool, priority, since_us)
  local shares, ageing = policy(pool)
  local waited = since_us and math.max(0, pool.now - since_us) or 0
  local share = shares[STEPS[priority] - math.floor(waited / ageing)] or 0
  return share > 0 and share or nil
end

function Priority.later(pool, priority)
  local _, ageing = policy(pool)
  return (STEPS[priority] - STEPS.normal) * ageing
end
