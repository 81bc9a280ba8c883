-- uid → id of a node in router.json. A change of this file is taken in while the agent runs.
return {
  ["alice"] = "vip-1",
  ["trade-fair"] = "node-2",
}
