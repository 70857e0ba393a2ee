--[[
  Blocks: a key, an account's class of models, or an account rests until an instant that the provider has named.

  Block.set(pool, unit, key, scope, until_ms, why)  scope: key | account_models | account; never shortens a block
  Block.others(pool, unit, until_ms, why)           the other classes of an account that rests as a whole
  Block.lift(owner)                                 ends its block
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
  for _, id in ipairs(Unit.others(pool, unit)) do
    local other = Unit.load(pool, id, redis.call('HGET', pool.prefix .. id, 'group') or '')
    if other then
      Block.rest(pool, other, until_ms, why)
      Unit.place(pool, other)
      Entity.save(other)
    end
  end
end

function Block.lift(owner)
  Entity.set(owner, 'blocked_until_ms', 0)
  Entity.set(owner, 'blocked_why', '')
end

function Block.lift_account(pool, unit)
  Block.lift(unit)
  Unit.place(pool, unit)
  Entity.save(unit)
  for _, id in ipairs(Unit.others(pool, unit)) do
    local other = Unit.load(pool, id, redis.call('HGET', pool.prefix .. id, 'group') or '')
    if other then
      other.own_key = unit.own_key
      Block.lift(other)
      Unit.place(pool, other)
      Entity.save(other)
    end
  end
end
