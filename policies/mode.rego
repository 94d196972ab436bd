# METADATA
# description: |
#   How strictly a finding is taken: the administrator sets a mode for each pack, here by namespace already. A pack is
#   the first part of a rule's id (aws, tagging, ...) or a framework that the rule's controls belong to (pci-dss-4.0).
package dharma.mode

# METADATA
# description: What holds where the administrator says nothing. Everything else is Audit - scored and reported, in nobody's way.
defaults := {
	"dharma": "Enforce",
	"tagging": "Enforce",
	"residency": "Enforce",
	"limits": "Enforce",
	"windows": "Enforce",
	"naming": "Enforce",
	"admission": "Enforce",
}

modes := object.union(defaults, object.get(input, ["settings", "modes"], {}))

strictness := {"Audit": 0, "Warn": 1, "Enforce": 2}

# METADATA
# description: The strictest mode of the packs a finding belongs to.
of(finding) := name if {
	levels := {strictness[modes[pack]] | some pack in packs_of(finding)}
	some name, level in strictness
	level == max(levels | {0})
}

# METADATA
# description: The packs of a finding, or of a control in the catalog.
packs_of(finding) := {split(finding.rule, ".")[0]} | {split(control, "/")[0] | some control in finding.controls}
