-- hook/agent.js
return function(req)
  if req.path:find("^/internal/") then
    return { status = 403, body = "not for you" }
  end
  return req.cookies.uid or req.query.uid
end
