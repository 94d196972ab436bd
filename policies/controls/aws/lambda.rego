# METADATA
# description: AWS Lambda - functions are not for everybody, and run on what is still mended.
package dharma.controls.aws.lambda

import data.dharma.finding
import data.dharma.property

# METADATA
# title: Lambda permissions say who is allowed
# custom:
#   id: aws.lambda.public-permission
#   severity: Critical
#   types: ["aws:lambda/permission:Permission"]
#   needs: [principal]
#   controls: [pci-dss-4.0/7.2.1, nist-800-53-r5/AC-3, nist-800-53-r5/AC-6, fedramp-moderate-r5/AC-3, fedramp-moderate-r5/AC-6, iso-27001-2022/A.5.15, soc-2/CC6.1, hipaa/164.312(a)(1), gdpr/32]
#   remediation: Name the principal, or narrow the permission by sourceArn, sourceAccount or principalOrgId.
fails contains finding.of(rego.metadata.rule(), permission.urn, message) if {
	some permission in property.resources(["aws:lambda/permission:Permission"])
	permission.new.principal == "*"
	every name in ["sourceArn", "sourceAccount", "principalOrgId"] { property.unsaid(permission, [name]) }
	message := sprintf("%s lets everybody invoke the function: name the principal, or set sourceArn or principalOrgId", [permission.name])
}

# METADATA
# title: Lambda function URLs ask who calls
# custom:
#   id: aws.lambda.open-url
#   severity: High
#   types: ["aws:lambda/functionUrl:FunctionUrl"]
#   needs: [authorizationType]
#   controls: [pci-dss-4.0/7.2.1, nist-800-53-r5/AC-3, nist-800-53-r5/SC-7, fedramp-moderate-r5/AC-3, fedramp-moderate-r5/SC-7, iso-27001-2022/A.8.3, soc-2/CC6.1, hipaa/164.312(d), gdpr/32]
#   remediation: Set authorizationType to AWS_IAM, or put an API with an authorizer before the function.
fails contains finding.of(rego.metadata.rule(), url.urn, message) if {
	some url in property.resources(["aws:lambda/functionUrl:FunctionUrl"])
	url.new.authorizationType == "NONE"
	message := sprintf("%s answers whoever knows it: set authorizationType to AWS_IAM", [url.name])
}

# METADATA
# title: Lambda functions run on supported runtimes
# custom:
#   id: aws.lambda.runtime
#   severity: Medium
#   types: ["aws:lambda/function:Function"]
#   needs: [runtime]
#   controls: [pci-dss-4.0/6.3.3, nist-800-53-r5/SI-2, nist-800-53-r5/SA-22, fedramp-moderate-r5/SI-2, fedramp-moderate-r5/SA-22, iso-27001-2022/A.8.8, soc-2/CC7.1]
#   remediation: Move the function to a runtime that AWS supports.
fails contains finding.of(rego.metadata.rule(), function.urn, message) if {
	some function in property.resources(["aws:lambda/function:Function"])
	function.new.runtime in unsupported
	message := sprintf("%s runs on %s, which gets no security fixes: move it to a supported runtime", [function.name, function.new.runtime])
}

# Deprecated before June 2026 (Lambda Developer Guide, "Lambda runtimes").
unsupported := {
	"dotnet5.0",
	"dotnet6",
	"dotnet7",
	"dotnetcore1.0",
	"dotnetcore2.0",
	"dotnetcore2.1",
	"dotnetcore3.1",
	"go1.x",
	"java8",
	"nodejs",
	"nodejs4.3",
	"nodejs4.3-edge",
	"nodejs6.10",
	"nodejs8.10",
	"nodejs10.x",
	"nodejs12.x",
	"nodejs14.x",
	"nodejs16.x",
	"nodejs18.x",
	"nodejs20.x",
	"provided",
	"python2.7",
	"python3.6",
	"python3.7",
	"python3.8",
	"python3.9",
	"ruby2.5",
	"ruby2.7",
	"ruby3.2",
}
