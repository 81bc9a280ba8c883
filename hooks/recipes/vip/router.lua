-- A node with weight 0 serves only those who are sent to it. If it is down, the hash chooses another one.
local vips = require("vips")

return {
  default = function(_, uid)
    return vips[uid] -- nil: the hash chooses
  end,
}
