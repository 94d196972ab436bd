# METADATA
# description: What controls ask of policy documents (IAM's grammar), be they JSON text or objects.
package dharma.controls.aws.document

import data.dharma.property
import data.dharma.subject

# METADATA
# description: The statements of a policy; none where it is not known, malformed or no policy.
statements(policy) := [statement | some statement in property.listed(parsed(policy).Statement); is_object(statement)]

parsed(policy) := policy if is_object(policy)

parsed(policy) := json.unmarshal(policy) if {
	is_string(policy)
	json.is_valid(policy)
}

# METADATA
# description: True where every statement can be read, so that what is missing is missing.
readable(policy) if {
	all := property.listed(parsed(policy).Statement)
	not subject.not_known in all
}

# METADATA
# description: True for a statement that allows everything on everything.
allows_everything(statement) if {
	statement.Effect == "Allow"
	some action in property.listed(statement.Action)
	action in {"*", "*:*"}
	some resource in property.listed(statement.Resource)
	resource == "*"
}

# METADATA
# description: True for a statement that allows anyone, without a condition that says who.
allows_anyone(statement) if {
	statement.Effect == "Allow"
	anyone(statement)
	not narrowed(statement)
}

# METADATA
# description: True for a statement whose principal is everybody.
anyone(statement) if statement.Principal == "*"

anyone(statement) if {
	some principal in property.listed(statement.Principal.AWS)
	principal == "*"
}

anyone(statement) if statement.NotPrincipal

# Condition keys that say who asks, as S3 takes them to tell public from not public (S3 User Guide, "Blocking public
# access", the meaning of "public"), with those of other services that do the same.
narrowing := {
	"aws:principalaccount",
	"aws:principalarn",
	"aws:principalorgid",
	"aws:principalorgpaths",
	"aws:sourceaccount",
	"aws:sourcearn",
	"aws:sourceip",
	"aws:sourceorgid",
	"aws:sourceorgpaths",
	"aws:sourceowner",
	"aws:sourcevpc",
	"aws:sourcevpce",
	"aws:userid",
	"aws:vpcsourceip",
	"kms:calleraccount",
	"s3:dataaccesspointaccount",
	"s3:dataaccesspointarn",
}

narrowed(statement) if {
	some operator, tests in statement.Condition
	requires(operator)
	some key, values in tests
	lower(key) in narrowing
	every value in property.listed(values) { not value in {null, "", "*", "0.0.0.0/0", "::/0"} }
}

narrowed(statement) if {
	some key, value in statement.Condition.Bool
	lower(key) == "aws:principalisawsservice"
	value in {true, "true"}
}

# Operators that don't hold where the key is absent.
requires(operator) if {
	regex.match(`^(foranyvalue:)?(stringequals|stringlike|arnequals|arnlike|ipaddress)`, lower(operator))
	not endswith(lower(operator), "ifexists")
}

# METADATA
# description: True for a statement that refuses every S3 request without TLS.
refuses_plain(statement) if {
	statement.Effect == "Deny"
	anyone(statement)
	some action in property.listed(statement.Action)
	lower(action) in {"*", "s3:*"}
	some key, value in statement.Condition.Bool
	lower(key) == "aws:securetransport"
	some held in property.listed(value)
	held in {false, "false"}
}
