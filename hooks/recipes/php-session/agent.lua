-- The user of a PHP session: $_SESSION["user"].
local php = require("php")
local kSeconds = 10 -- how long a user who has logged out may still come in

-- The uid; nil if there is no such session or nobody is logged in; nil and a reason if Redis does not say.
local function user_of(id)
  local text, fault = pushgate.redis.get("PHPREDIS_SESSION:" .. id)
  if not text then return nil, fault end
  return php.session(text).user
end

return function(req)
  local id = req.cookies.PHPSESSID
  if not id or not id:match("^[%w,-]+$") then return nil end
  local uid, fault = pushgate.cache("user of " .. id, kSeconds, function() return user_of(id) end)
  if fault then
    pushgate.log("warn", "no session:", fault)
    return { status = 503, body = "Sessions cannot be read at the moment." }
  end
  return uid
end
