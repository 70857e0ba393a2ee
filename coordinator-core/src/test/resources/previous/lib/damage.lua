--[[
  What becomes of a unit whose state cannot be read: it is set aside for a minute at a time, so that one damaged account
  does not stop the others.

  Damage.text(problem) -> what is damaged           problem: what pcall answered; any other error is raised again
  Damage.set_aside(pool, id, group, problem)        problem: what pcall answered; any other error is raised again
]]
local Damage = {}

local REST_US = 60000000

function Damage.text(problem)
  local text = type(problem) == 'table' and problem.err or tostring(problem)
  if not string.find(text, '^DAMAGED ') then error(problem, 0) end
  return text
end

function Damage.set_aside(pool, id, group, problem)
  local text = Damage.text(problem)
  local again = pool.now + REST_US
  redis.call('HSET', pool.prefix .. id, 'index', 'parked', 'wait_for', 'damaged', 'wait_until_ms', math.ceil(again / 1000))
  redis.call('ZREM', Pool.index(pool, 'ready', group), id)
  redis.call('ZREM', Pool.index(pool, 'tokens', group), id)
  redis.call('ZADD', Pool.index(pool, 'parked', group), again, id)
  Pool.log(pool, id, 'SET_ASIDE', text, math.ceil(again / 1000))
end
