-- Reads what PHP writes with session.serialize_handler = php: name|value name|value …
-- Texts are read by their length and never searched: users write them, and may write "user|s:5:"alice";".
local php = {}
local read -- below, because values hold values

local function bad(at)
  error("this is not a PHP session (byte " .. at .. ")", 0)
end

-- A count and what stands behind it; the count, and the byte after that.
local function count_at(text, at, behind)
  local digits, after = text:match("^(%d+)" .. behind .. "()", at)
  if not digits then bad(at) end
  return tonumber(digits), after
end

-- Keys and values up to "}".
local function members_at(text, at, count)
  local members = {}
  for _ = 1, count do
    local key, value
    key, at = read(text, at)
    value, at = read(text, at)
    members[key] = value
  end
  if text:sub(at, at) ~= "}" then bad(at) end
  return members, at + 1
end

-- The value at a byte, and the byte after it. Numbers stay text; of objects the members are read.
function read(text, at)
  local kind = text:sub(at, at)
  if kind == "N" then return nil, at + 2 end
  if kind:match("[bidrR]") then
    local value, after = text:match("^%a:([^;]*);()", at)
    if not value then bad(at) end
    return value, after
  end
  if kind == "a" then
    local count, inside = count_at(text, at + 2, ":{")
    return members_at(text, inside, count)
  end
  if not kind:match("[sEOC]") then bad(at) end
  local size, from = count_at(text, at + 2, ':"')
  local name, after = text:sub(from, from + size - 1), from + size
  if kind == "s" or kind == "E" then
    if text:sub(after, after + 1) ~= '";' then bad(after) end
    return name, after + 2
  end
  local count, inside = count_at(text, after + 2, ":{")
  if kind == "C" then return {}, inside + count + 1 end
  return members_at(text, inside, count)
end

-- The variables of a session, by name.
function php.session(text)
  local variables, at = {}, 1
  while at <= #text do
    local name, after = text:match("^([^|]*)|()", at)
    if not name then bad(at) end
    variables[name], at = read(text, after)
  end
  return variables
end

return php
