--[[
  The server's clock in whole microseconds. It never runs backwards: a backward step is added to an offset that is kept
  in the pool's meta hash, so refills go on at their rate after it.

  Clock.read(argument, last_us, offset_us) -> now_us, offset_us
    argument   '' for the server's clock, or microseconds in tests
    last_us    the latest instant that any stored state depends on
    offset_us  what has been added to the clock so far
]]
local Clock = {}

function Clock.read(argument, last_us, offset_us)
  local raw = tonumber(argument)
  if not raw then
    local time = redis.call('TIME')
    raw = time[1] * 1000000 + time[2]
  end
  local now = raw + offset_us
  if now >= last_us then return now, offset_us end
  return last_us, offset_us + last_us - now
end
