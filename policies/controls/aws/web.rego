# METADATA
# description: Amazon CloudFront and API Gateway - what answers the internet speaks TLS of today and logs.
package dharma.controls.aws.web

import data.dharma.finding
import data.dharma.property
import data.dharma.subject

distributions := property.resources(["aws:cloudfront/distribution:Distribution"])

# METADATA
# title: CloudFront answers by HTTPS, or redirects to it
# custom:
#   id: aws.web.cloudfront-https
#   severity: High
#   types: ["aws:cloudfront/distribution:Distribution"]
#   needs: [defaultCacheBehavior.viewerProtocolPolicy, orderedCacheBehaviors]
#   controls: [pci-dss-4.0/4.2.1, nist-800-53-r5/SC-8(1), nist-800-53-r5/AC-17(2), fedramp-moderate-r5/SC-8(1), fedramp-moderate-r5/AC-17(2), iso-27001-2022/A.8.24, soc-2/CC6.7, hipaa/164.312(e)(1), gdpr/32]
#   remediation: Set viewerProtocolPolicy of every cache behavior to redirect-to-https or https-only.
fails contains finding.of(rego.metadata.rule(), distribution.urn, message) if {
	some distribution in distributions
	some behavior in array.concat(
		property.list(distribution, ["defaultCacheBehavior"]),
		property.list(distribution, ["orderedCacheBehaviors"]),
	)
	behavior.viewerProtocolPolicy == "allow-all"
	message := sprintf("%s answers in clear text: set viewerProtocolPolicy to redirect-to-https", [distribution.name])
}

# METADATA
# title: CloudFront takes TLS 1.2 or newer only
# custom:
#   id: aws.web.cloudfront-tls
#   severity: Medium
#   types: ["aws:cloudfront/distribution:Distribution"]
#   needs: [viewerCertificate.minimumProtocolVersion]
#   controls: [pci-dss-4.0/4.2.1, nist-800-53-r5/SC-8(1), nist-800-53-r5/SC-13, fedramp-moderate-r5/SC-8(1), fedramp-moderate-r5/SC-13, iso-27001-2022/A.8.24, soc-2/CC6.7, hipaa/164.312(e)(1), gdpr/32]
#   remediation: Set viewerCertificate.minimumProtocolVersion to TLSv1.2_2021, with a certificate of one's own.
fails contains finding.of(rego.metadata.rule(), distribution.urn, message) if {
	some distribution in distributions
	version := property.value(distribution, ["viewerCertificate", "minimumProtocolVersion"], "TLSv1")
	version in {"SSLv3", "TLSv1", "TLSv1_2016", "TLSv1.1_2016"}
	message := sprintf("%s takes %s: set viewerCertificate.minimumProtocolVersion to TLSv1.2_2021, with your own certificate", [distribution.name, version])
}

# METADATA
# title: API stages log requests
# custom:
#   id: aws.web.api-logs
#   severity: Medium
#   types: ["aws:apigateway/stage:Stage", "aws:apigatewayv2/stage:Stage"]
#   controls: [pci-dss-4.0/10.2.1, nist-800-53-r5/AU-2, nist-800-53-r5/AU-12, fedramp-moderate-r5/AU-2, fedramp-moderate-r5/AU-12, iso-27001-2022/A.8.15, soc-2/CC7.2, hipaa/164.312(b), gdpr/30]
#   remediation: Set accessLogSettings with the ARN of a log group and a format.
fails contains finding.of(rego.metadata.rule(), stage.urn, message) if {
	some stage in property.resources(["aws:apigateway/stage:Stage", "aws:apigatewayv2/stage:Stage"])
	property.unsaid(stage, ["accessLogSettings", "destinationArn"])
	message := sprintf("%s logs no requests: set accessLogSettings with destinationArn and format", [stage.name])
}

# METADATA
# title: Domains of APIs take TLS 1.2 or newer only
# custom:
#   id: aws.web.api-tls
#   severity: Medium
#   types: ["aws:apigateway/domainName:DomainName"]
#   needs: [securityPolicy]
#   controls: [pci-dss-4.0/4.2.1, nist-800-53-r5/SC-8(1), nist-800-53-r5/SC-13, fedramp-moderate-r5/SC-8(1), fedramp-moderate-r5/SC-13, iso-27001-2022/A.8.24, soc-2/CC6.7, hipaa/164.312(e)(1), gdpr/32]
#   remediation: Set securityPolicy to TLS_1_2.
fails contains finding.of(rego.metadata.rule(), domain.urn, message) if {
	some domain in subject.by_type["aws:apigateway/domainName:DomainName"]
	domain.new.securityPolicy == "TLS_1_0"
	message := sprintf("%s takes TLS 1.0: set securityPolicy to TLS_1_2", [domain.name])
}
