--[[
  Windows that begin anew at fixed instants. Times are in the limit's unit.

  State, in the hash of the owner: <name>_window, <name>_used, and <name>_next, what may arrive in the window after it.

  Fixed.used(owner, limit, index) -> what has been used in a window, as far as the state reaches
  Fixed.straddles(limit, index, time) -> whether a request granted then may arrive in the next window
  Fixed.earliest(owner, limit, cost, time) -> first instant >= time that admits the cost
  Fixed.add(owner, limit, cost, time, now) -> v
  Fixed.subtract(owner, limit, cost, v, now)
  Fixed.raise(owner, limit, used, time, now)        no less than this has been used of the window of that time, if it is the
                                                    present one
]]
local Fixed = {}

-- Fixed windows: what has been used in a window, as far as the state reaches.
function Fixed.used(owner, limit, index)
  local window = owner[limit.window] or 0
  if index == window then return owner[limit.used] or 0 end
  if index == window + 1 then return owner[limit.next] or 0 end
  return 0
end

-- A request granted this late may arrive in the next window, so it is counted in both.
function Fixed.straddles(limit, index, time)
  return limit.jitter > 0 and time + limit.jitter >= Calendar.start(limit.mode, index + 1, limit.period)
end

function Fixed.earliest(owner, limit, cost, time)
  local index = Calendar.index(limit.mode, time, limit.period)
  local room = limit.limit - cost
  if Fixed.used(owner, limit, index) <= room
    and (not Fixed.straddles(limit, index, time) or Fixed.used(owner, limit, index + 1) <= room) then
    return time
  end
  local following = Fixed.used(owner, limit, index + 1) <= room and index + 1 or index + 2
  return Calendar.start(limit.mode, following, limit.period)
end

function Fixed.roll(owner, limit, now)
  local index = Calendar.index(limit.mode, now, limit.period)
  local window = owner[limit.window] or 0
  if window >= index then return window end
  Entity.set(owner, limit.used, Fixed.used(owner, limit, index))
  Entity.set(owner, limit.next, 0)
  Entity.set(owner, limit.window, index)
  return index
end

function Fixed.add(owner, limit, cost, time, now)
  local window = Fixed.roll(owner, limit, now)
  local index = Calendar.index(limit.mode, time, limit.period)
  local straddles = index == window and Fixed.straddles(limit, index, time)
  if index == window then Entity.set(owner, limit.used, (owner[limit.used] or 0) + cost) end
  if index == window + 1 or straddles then
    Entity.set(owner, limit.next, (owner[limit.next] or 0) + cost)
  end
  return index * 2 + (straddles and 1 or 0)
end

function Fixed.subtract(owner, limit, cost, v, now)
  local window = Fixed.roll(owner, limit, now)
  local index, straddles = math.floor(v / 2), v % 2 == 1
  if index == window then Entity.set(owner, limit.used, math.max(0, (owner[limit.used] or 0) - cost)) end
  if index == window + 1 or (index == window and straddles) then
    Entity.set(owner, limit.next, math.max(0, (owner[limit.next] or 0) - cost))
  elseif index == window - 1 and straddles then
    Entity.set(owner, limit.used, math.max(0, (owner[limit.used] or 0) - cost))
  end
end

function Fixed.raise(owner, limit, used, time, now)
  local window = Fixed.roll(owner, limit, now)
  if Calendar.index(limit.mode, time, limit.period) ~= window then return end
  Entity.set(owner, limit.used, math.max(owner[limit.used] or 0, used))
end
