-- A user's number, 0 to 99, comes from the uid: raising the percentage adds users and takes none away. Another
-- salt is another draw.
local kPercent = 5
local kSalt = "2026-11:"

return {
  chat = function(req, uid)
    local is_drawn = pushgate.hash(kSalt .. uid) % 100 < kPercent
    if is_drawn or req.cookies.canary == "yes" then return { pool = "chat-next" } end
    -- nothing returned: the hash chooses among the nodes of "chat"
  end,
}
