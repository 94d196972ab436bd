# METADATA
# description: Runs every case of every pack, and asks that each control has one that passes and one that fails.
package dharma.controls_test

import data.dharma.control

cases[[pack, family, case.name]] := case if {
	some pack, family
	some case in data.controls[pack][family]
}

# Only the family's own rules: all of them for each case would take as long as cases times rules.
test_cases[sprintf("%s/%s: %s", key)] if {
	some key, case in cases
	given := subject(case)
	found := data.dharma.controls[key[0]][key[1]].fails with input as given
	types := data.dharma.subject.types with input as given
	failing := {finding.rule | some finding in found}
	every rule in object.get(case, "fails", []) { rule in failing }
	every rule in object.get(case, "passes", []) {
		not rule in failing
		in_scope(rule, types)
	}
}

in_scope(rule, types) if {
	some type in control.catalog[rule].types
	type in types
}

in_scope(rule, _) if count(control.catalog[rule].types) == 0

# A case's input: resources get a URN and an operation where they say none; `given` adds the rest.
subject(case) := object.union(
	{"time": "2026-01-01T12:00:00Z", "settings": {}},
	object.union(object.get(case, "given", {}), resources_of(case)),
)

resources_of(case) := {"resources": [resource |
	some given in case.resources
	resource := object.union({"urn": sprintf("urn:%s", [given.name]), "operation": "create"}, given)
]} if {
	case.resources
}

resources_of(case) := {"operation": "Create", "object": case.object} if case.object

resources_of(case) := {} if {
	not case.resources
	not case.object
}

test_every_control_has_a_case_that_fails if {
	told := {rule | some case in cases; some rule in case.fails}
	missing := {id | some id, _ in control.catalog} - told
	print("without a failing case:", missing)
	count(missing) == 0
}

test_every_control_has_a_case_that_passes if {
	told := {rule | some case in cases; some rule in case.passes}
	missing := {id | some id, _ in control.catalog} - told
	print("without a passing case:", missing)
	count(missing) == 0
}

test_no_case_tells_of_an_unknown_control if {
	told := {rule | some case in cases; some list in ["fails", "passes"]; some rule in case[list]}
	unknown := told - {id | some id, _ in control.catalog}
	print("unknown:", unknown)
	count(unknown) == 0
}
