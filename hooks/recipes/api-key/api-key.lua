-- Redis has a hash for each key: HSET apikey:<SHA-256 of the key> uid … plan …
local kSeconds = 30 -- how long a key that was withdrawn may still be good

return function(req)
  local name = "apikey:" .. pushgate.sha256(req.headers["x-api-key"])
  local owner, fault = pushgate.cache(name, kSeconds, function()
    return pushgate.redis.command("HMGET", name, "uid", "plan")
  end)
  if not owner then
    pushgate.log("warn", "no API keys:", fault)
    return { status = 503, body = "API keys cannot be read at the moment." }
  end
  local uid, plan = owner[1], owner[2] -- what is not there is false
  if not uid then
    return { status = 401, contentType = "application/json", body = '{"error":"unknown API key"}' }
  end
  return { uid = uid, headers = { ["X-Plan"] = plan or "free" } }
end
