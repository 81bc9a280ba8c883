-- hook/onupgrade.js
return function(req)
  local sid = req.cookies.sid
  if not sid then return nil end
  return pushgate.redis.get("session:" .. sid)
end
