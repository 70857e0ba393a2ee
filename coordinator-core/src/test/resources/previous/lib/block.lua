--[[
  Blocks: a key, an account's class of models, or an account rests until an instant that the provider has named.

  Block.set(pool, unit, key, scope, until_ms, why)  scope: key | account_models | account; never shortens a block
  Block.others(pool, unit, until_ms, why)           the other classes of an account that rests as a whole
  Block.lift(owner)                                 ends its block
  Block.on_account(pool, unit) -> whether any class of its account is blocked
  Block.lift_account(pool, unit)                    ends those of its account, and places all its classes
]]
local Block = {}

function Block.rest(pool, owner, until_ms, why)
  if until_ms <= (owner.blocked_until_ms or 0) then return end
  Entity.set(owner, 'blocked_until_ms', until_ms)
  Entity.set(owner, 'blocked_why', why)
  pool.losses = pool.losses + 1
end

function Block.set(pool, unit, key, scope, until_ms, why)
  if scope ~= 'key' then
    Block.rest(pool, unit, until_ms, why)
  elseif key then
    Block.rest(pool, key, until_ms, why)
  end
end

function Block.others(pool, unit, until_ms, why)
  Unit.place_others(pool, unit, function(other) Block.rest(pool, other, until_ms, why) end)
end

function Block.lift(owner)
  Entity.set(owner, 'blocked_until_ms', 0)
  Entity.set(owner, 'blocked_why', '')
end

-- Whether any class of an account is blocked.
function Block.on_account(pool, unit)
  if (unit.blocked_until_ms or 0) > pool.now_ms then return true end
  for _, id in ipairs(Unit.others(pool, unit)) do
    local until_ms = tonumber(redis.call('HGET', pool.prefix .. id, 'blocked_until_ms') or nil)
    if until_ms and until_ms > pool.now_ms then return true end
  end
  return false
end

function Block.lift_account(pool, unit)
  Block.lift(unit)
  Unit.place(pool, unit)
  Entity.save(unit)
  Unit.place_others(pool, unit, Block.lift)
end
