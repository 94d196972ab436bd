# METADATA
# description: What every rule's finding looks like. Id, severity and controls come from the rule's own annotation.
package dharma.finding

# METADATA
# description: A finding of the rule that `annotation` (rego.metadata.rule()) belongs to.
of(annotation, resource, message) := {
	"rule": annotation.custom.id,
	"message": message,
	"resource": resource,
	"controls": annotation.custom.controls,
	"severity": annotation.custom.severity,
}
