# METADATA
# description: |
#   The decision about an object at the API server's door: every Dharma kind, and Kubernetes workloads where asked. Input is
#   AdmissionInput of src/policy/decision.ts with `settings` of the administrator.
package dharma.admission

import data.dharma.control

# METADATA
# entrypoint: true
# description: The contract of every decision point. Nobody can be asked at this door, so doubt only tells.
decision := {
	"allow": count(control.denied) == 0,
	"requireApproval": false,
	"deny": control.denied,
	"warn": array.concat(control.told, control.unsure),
}
