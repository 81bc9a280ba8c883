-- The same as uid.lua as an action of HAProxy.
core.register_action("find_uid", { "http-req" }, function(txn)
  txn:set_var("txn.uid", txn.f:req_cook("uid"))
end)
