-- hook/router.js
return {
  test = function(req, uid)
    if uid == "test1@gmail.com" then
      return { ip = "127.0.0.1", port = 3000 }
    end
    return { ip = "127.0.0.1", port = 3001 }
  end,
  chat = {
    { ip = "127.0.0.1", ports = { 3002, 3003 } },
  },
}
