--[[
  Evidence about endpoints: the last two accounts that succeeded with a model, so that an outage of the provider is not
  blamed on a key.

  State: the hash endpoints, model -> 'account ms account ms', the last success first.

  Endpoint.succeeded(pool, endpoint, account)       written once in a twelfth of the breaker's window
  Endpoint.elsewhere(pool, endpoint, account) -> whether another account has succeeded within the window
]]
local Endpoint = {}

local MOST = 256

function Endpoint.read(pool, endpoint)
  local text = redis.call('HGET', pool.prefix .. 'endpoints', endpoint) or ''
  local one, one_ms, two, two_ms = string.match(text, '^(%S+) (%d+) ?(%S*) ?(%d*)$')
  return one, tonumber(one_ms) or 0, two, tonumber(two_ms) or 0
end

function Endpoint.succeeded(pool, endpoint, account)
  local one, one_ms, two, two_ms = Endpoint.read(pool, endpoint)
  local fresh = pool.now_ms - math.floor(Pool.watch(pool) / pool.SLOTS)
  if (one == account and one_ms > fresh) or (two == account and two_ms > fresh) then return end
  if one and one ~= account and two ~= '' and one_ms > fresh and two_ms > fresh then return end
  local endpoints = pool.prefix .. 'endpoints'
  if not one and redis.call('HLEN', endpoints) >= MOST then
    local some = redis.call('HRANDFIELD', endpoints, 2)
    redis.call('HDEL', endpoints, some[1] ~= '-' and some[1] or some[2])
  end
  local text = string.format('%s %.0f', account, pool.now_ms)
  if one and one ~= account then
    text = text .. string.format(' %s %.0f', one, one_ms)
  elseif one and two ~= '' then
    text = text .. string.format(' %s %.0f', two, two_ms)
  end
  redis.call('HSET', endpoints, endpoint, text)
end

function Endpoint.elsewhere(pool, endpoint, account)
  local one, one_ms, two, two_ms = Endpoint.read(pool, endpoint)
  local oldest = pool.now_ms - Pool.watch(pool)
  return (one ~= nil and one ~= account and one_ms > oldest)
    or (two ~= nil and two ~= '' and two ~= account and two_ms > oldest)
end
