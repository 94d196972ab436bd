-- Health of Dharma's kinds for Argo CD, from their conditions. One script for all: they say the same the same way.
--   paused, or a plan waits for a person -> Suspended      work goes on, or nobody looked yet -> Progressing
--   Ready False (failed, drifted)        -> Degraded       Ready True                         -> Healthy
local function health(status, message)
  return { status = status, message = message }
end

local status = obj.status
if status == nil or status.conditions == nil then
  return health("Progressing", "the operator has not looked at it yet")
end
-- What was judged before the last change of the spec says nothing about it.
if status.observedGeneration == nil or status.observedGeneration ~= obj.metadata.generation then
  return health("Progressing", "the operator has not looked at this generation yet")
end

local conditions = {}
for _, condition in ipairs(status.conditions) do
  conditions[condition.type] = condition
end
local ready = conditions["Ready"]
if ready == nil then
  return health("Progressing", "the operator has not judged it yet")
end
local message = ready.reason .. ": " .. (ready.message or "")

local paused = conditions["Paused"]
if paused ~= nil and paused.status == "True" then
  return health("Suspended", "Paused: " .. (paused.message or ""))
end
if ready.status == "True" then
  return health("Healthy", message)
end
if ready.status == "False" then
  return health("Degraded", message)
end
-- Approved names what is waited for; once work goes on, Ready says something else.
local approved = conditions["Approved"]
if approved ~= nil and approved.status == "False" and approved.reason == ready.reason then
  return health("Suspended", message)
end
return health("Progressing", message)
