# METADATA
# description: What modes and exceptions make of the same finding, at each point.
package dharma.mode_test

import data.dharma.admission
import data.dharma.compliance
import data.dharma.mode
import data.dharma.plan

bucket := {
	"urn": "urn:pulumi:s::p::aws:s3/bucket:Bucket::assets",
	"name": "assets",
	"type": "aws:s3/bucket:Bucket",
	"operation": "create",
	"new": {"acl": "public-read"},
}

with_settings(settings) := {
	"time": "2026-06-01T00:00:00Z",
	"blueprint": {"approval": "Never"},
	"operation": "Apply",
	"cause": "SpecChange",
	"resources": [bucket],
	"settings": settings,
}

rules(findings) := {finding.rule | some finding in findings}

exception := {
	"name": "old-bucket",
	"rules": ["aws.s3.*"],
	"resources": ["asset*"],
	"owner": "shop",
	"reason": "moves in July",
	"expireTime": "2026-07-01T00:00:00Z",
}

test_a_pack_nobody_set_is_silent if {
	decision := plan.decision with input as with_settings({"modes": {"dharma": "Audit"}})
	decision.allow
	count(decision.warn) == 0
}

test_warn_tells if {
	decision := plan.decision with input as with_settings({"modes": {"dharma": "Warn", "aws": "Warn"}})
	decision.allow
	{"dharma.storage.public", "aws.s3.versioning"} - rules(decision.warn) == set()
}

test_enforce_refuses if {
	decision := plan.decision with input as with_settings({"modes": {"aws": "Enforce"}})
	not decision.allow
	{"dharma.storage.public", "aws.s3.versioning"} - rules(decision.deny) == set()
}

test_the_strictest_pack_wins if {
	finding := {"rule": "aws.s3.versioning", "controls": ["pci-dss-4.0/10.3.4"]}
	got := mode.of(finding) with input as {"settings": {"modes": {"aws": "Warn", "pci-dss-4.0": "Enforce"}}}
	got == "Enforce"
}

test_an_exception_is_told_by_its_owner_and_reason if {
	decision := plan.decision with input as with_settings({
		"modes": {"aws": "Enforce"},
		"exceptions": [exception, object.union(exception, {"rules": ["dharma.storage.public"]})],
	})
	decision.allow
	some warned in decision.warn
	warned.rule == "aws.s3.versioning"
	startswith(warned.message, "excepted until 2026-07-01T00:00:00Z by shop (moves in July): ")
}

test_an_exception_covers_nothing_else[name] if {
	some name, change in {
		"expired": {"expireTime": "2026-05-01T00:00:00Z"},
		"another resource": {"resources": ["logs"]},
		"another rule": {"rules": ["azure.*.*"]},
	}
	decision := plan.decision with input as with_settings({
		"modes": {"aws": "Enforce"},
		"exceptions": [object.union(exception, change)],
	})
	"aws.s3.versioning" in rules(decision.deny)
}

test_an_exception_may_name_a_framework if {
	decision := plan.decision with input as with_settings({
		"modes": {"aws": "Enforce", "dharma": "Audit"},
		"exceptions": [object.remove(object.union(exception, {"rules": ["soc-2"]}), ["resources"])],
	})
	not "aws.s3.versioning" in rules(decision.deny)
}

test_what_is_not_known_asks_a_person_where_it_is_enforced if {
	catalog := {"aws": {"aws.test": {
		"title": "T",
		"severity": "High",
		"types": [bucket.type],
		"needs": ["acl"],
		"controls": [],
		"remediation": "r",
	}}}
	subject := object.union(
		with_settings({"modes": {"aws": "Enforce", "dharma": "Audit"}}),
		{"resources": [object.union(bucket, {"new": {"acl": data.dharma.subject.not_known}})]},
	)
	decision := plan.decision with input as subject with data.catalog as catalog
	decision.requireApproval
	"aws.test" in rules(decision.warn)
	calm := plan.decision with input as object.union(subject, {"settings": {"modes": {"aws": "Warn"}}}) with data.catalog as catalog
	not calm.requireApproval
}

test_admission_judges_one_object if {
	decision := admission.decision with input as {
		"time": "2026-06-01T00:00:00Z",
		"operation": "Create",
		"object": {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "x", "namespace": "shop"}},
		"settings": {},
	}
	decision.allow
	not decision.requireApproval
	urn := data.dharma.subject.resulting[0].urn with input as {"operation": "Create", "object": {
		"apiVersion": "apps/v1",
		"kind": "Deployment",
		"metadata": {"name": "x", "namespace": "shop"},
	}}
	urn == "Deployment/shop/x"
}

test_compliance_sees_everything_and_sets_exceptions_apart if {
	evaluation := compliance.evaluation with input as with_settings({"exceptions": [exception]})
	"aws.s3.versioning" in rules(evaluation.excepted)
	not "aws.s3.versioning" in rules(evaluation.fails)
	open := compliance.evaluation with input as with_settings({})
	"aws.s3.versioning" in rules(open.fails)
	there := object.union(with_settings({}), {"resources": [object.remove(bucket, ["operation"])]})
	judged := compliance.evaluation with input as there
	rules(judged.fails) == rules(open.fails)
}
