--[[
  Budgets: limits and slots that several units share: what an account with several classes has overall, what a tenant
  has, what a whole pool has. No index holds them; whoever charges a unit charges its budgets as well, or nothing.

  Budget.load(pool, id) -> budget, or nil           account:<id>/overall, tenant:<id>, tenant:<id>/<n>, tenant:<id>/overall, pool
  Budget.load_all(pool, ids) -> list                of ids joined by commas; those that are gone are left out
]]
local Budget = {}

function Budget.load(pool, id)
  local budget = Entity.load(pool.prefix .. id, id, {'profile', 'in_flight', 'max_in_flight'}, 1)
  if not budget.profile then return nil end
  budget.limits = {}
  if budget.profile ~= '' then
    budget.limits = Pool.limits(pool, budget.profile)
    Entity.load_more(budget, budget.limits.fields, 0)
  end
  return budget
end

function Budget.load_all(pool, ids)
  local list = {}
  for id in string.gmatch(ids, '[^,]+') do list[#list + 1] = Budget.load(pool, id) end
  return list
end

