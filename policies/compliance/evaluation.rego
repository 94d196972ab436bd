# METADATA
# description: |
#   What compliance is scored from: every finding of every control, whatever its pack's mode. Input is ComplianceInput of
#   src/policy/decision.ts: the resources as they are.
package dharma.compliance

import data.dharma.control
import data.dharma.exception

# METADATA
# entrypoint: true
# description: Findings, those that an exception covers apart; `denied` are those that an enforced pack would refuse.
evaluation := {
	"denied": control.denied,
	"fails": [finding | some finding in control.fails; count(exception.covering(finding)) == 0],
	"excepted": [exception.told(finding, cover) |
		count(exception.all) > 0
		some finding in control.fails
		cover := exception.covering(finding)[0]
	],
}
