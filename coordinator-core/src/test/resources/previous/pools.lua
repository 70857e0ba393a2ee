--[[
  pools: the names of the pools of a namespace. The only script that does not belong to one pool.

  KEYS[1]  pools   set of pool ids; '-' is always a member

  ARGV[1]  pool    id to add, or '' for none

  Reply    {'POOLS', id ...}     in no order
]]

if ARGV[1] ~= '' then redis.call('SADD', KEYS[1], '-', ARGV[1]) end
local reply = {'POOLS'}
for _, id in ipairs(redis.call('SMEMBERS', KEYS[1])) do
  if id ~= '-' then reply[#reply + 1] = id end
end
return reply
