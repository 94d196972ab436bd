# METADATA
# description: |
#   Exceptions are data with owner, reason and expiry (PolicyException of src/policy). The host gives those of the
#   Blueprint's namespace; here it is decided whether one covers a finding.
package dharma.exception

# METADATA
# description: The exceptions that hold now.
all := [exception |
	some exception in object.get(input, ["settings", "exceptions"], [])
	input.time < exception.expireTime
]

# METADATA
# description: Those that cover a finding.
covering(finding) := [exception |
	some exception in all
	some rule in exception.rules
	covers_rule(rule, finding)
	covers_resource(exception, finding)
]

covers_rule(rule, finding) if glob.match(rule, ["."], finding.rule)

covers_rule(rule, finding) if {
	some control in finding.controls
	rule == split(control, "/")[0]
}

covers_resource(exception, _) if not exception.resources

covers_resource(exception, finding) if {
	some pattern in exception.resources
	glob.match(pattern, [], name_of(finding.resource))
}

# The logical name of a Pulumi URN; the whole text of anything else.
name_of(urn) := parts[count(parts) - 1] if parts := split(urn, "::")

# METADATA
# description: A covered finding as a warning that says who excepted it.
told(finding, exception) := object.union(finding, {"message": sprintf(
	"excepted until %s by %s (%s): %s",
	[exception.expireTime, exception.owner, exception.reason, finding.message],
)})
