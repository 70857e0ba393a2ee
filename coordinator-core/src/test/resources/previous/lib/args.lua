--[[
  Checks of what the caller passed. A caller's bug is an error reply that starts with BADARG; nothing is written.

  Args.integer(name, text, low, high) -> number       a decimal integer within low..high
  Args.word(name, text, pattern)      -> text         matches the Lua pattern as a whole
  Args.units(name, text, most)        -> list of {id, group, key}   at most so many of <id>@<group>[/<key>]; key may be nil
  Args.note(by, reason) -> by, reason                 what an operator leaves in the log
  Args.bad(name, text, expected)                      raises the error
]]
local Args = {}

function Args.bad(name, text, expected)
  error({err = 'BADARG ' .. name .. ' is ' .. string.sub(tostring(text), 1, 64) .. ', expected ' .. expected})
end

function Args.integer(name, text, low, high)
  local number = string.match(text or '', '^%-?%d+$') and tonumber(text)
  if not number or number < low or number > high then
    Args.bad(name, text, string.format('an integer of %.0f to %.0f', low, high))
  end
  return number
end

function Args.word(name, text, pattern)
  if not string.match(text or '', '^' .. pattern .. '$') then Args.bad(name, text, pattern) end
  return text
end

function Args.note(by, reason)
  Args.word('by', by, '%C+')
  Args.word('reason', reason, '%C+')
  if #by > 64 then Args.bad('by', by, 'at most 64 characters') end
  if #reason > 200 then Args.bad('reason', reason, 'at most 200 characters') end
  return by, reason
end

function Args.units(name, text, most)
  local list = {}
  for item in string.gmatch(text .. ',', '([^,]*),') do
    local id, group, rest = string.match(item, '^(%a+:%w[%w._/-]*)@(%d+)(.*)$')
    local key = rest and string.match(rest, '^/(%w[%w._-]*)$')
    local kind = id and string.match(id, '^%a+')
    if (kind ~= 'key' and kind ~= 'account') or (rest ~= '' and not key) or #list == most then
      Args.bad(name, text, string.format('at most %d of <id>@<group>[/<key>]', most))
    end
    list[#list + 1] = {id = id, group = group, key = key}
  end
  return list
end
