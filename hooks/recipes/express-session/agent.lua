-- The user of an Express session: the cookie connect.sid is "s:<id>.<signature>", Redis has the session as JSON
-- under "sess:<id>".
local secrets = require("secrets")
local kSeconds = 10 -- how long a user who has logged out may still come in

-- Hashes are compared, so that the time it takes says nothing about the right signature.
local function same(a, b)
  return pushgate.sha256(a) == pushgate.sha256(b)
end

-- The id in the cookie, if one of the secrets has signed it.
local function signed_id(cookie)
  local id, signature = string.match(cookie or "", "^s:(.+)%.([^.]+)$")
  if not id then return nil end
  for _, secret in ipairs(secrets) do
    local wanted = pushgate.base64.encode(pushgate.hmac("sha256", secret, id, true))
    if same(signature, (wanted:gsub("=+$", ""))) then return id end
  end
end

-- The uid; nil if there is no such session or nobody is logged in; nil and a reason if Redis does not say.
local function user_of(id)
  local text, fault = pushgate.redis.get("sess:" .. id)
  if not text then return nil, fault end
  local session = assert(pushgate.json.decode(text))
  return session.userId -- with Passport: session.passport and session.passport.user
end

return function(req)
  local id = signed_id(req.cookies["connect.sid"])
  if not id then return nil end
  local uid, fault = pushgate.cache("user of " .. id, kSeconds, function() return user_of(id) end)
  if fault then
    pushgate.log("warn", "no session:", fault)
    return { status = 503, body = "Sessions cannot be read at the moment." }
  end
  return uid
end
