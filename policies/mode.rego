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

# METADATA
# description: The strictest mode of the packs a finding, or a control of the catalog, belongs to.
of(finding) := "Enforce" if {
	is_in(finding, "Enforce")
} else := "Warn" if {
	is_in(finding, "Warn")
} else := "Audit"

is_in(finding, mode) if modes[split(finding.rule, ".")[0]] == mode

is_in(finding, mode) if {
	some framework in frameworks[mode]
	some control in finding.controls
	startswith(control, framework)
}

# What controls of a framework begin with, by its mode.
frameworks[mode] contains concat("", [name, "/"]) if {
	some name, mode in modes
	mode in {"Enforce", "Warn"}
	not defaults[name]
	not data.catalog[name]
}

# METADATA
# description: True where findings of a pack may be more than audited, by its own mode or that of a framework.
matters(pack) if modes[pack] in {"Enforce", "Warn"}

matters(_) if count(frameworks) > 0
