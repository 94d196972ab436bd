# METADATA
# description: Elastic Load Balancing - load balancers log, speak TLS of today and pass on no malformed headers.
package dharma.controls.aws.elb

import data.dharma.finding
import data.dharma.property

balancers := property.resources(["aws:lb/loadBalancer:LoadBalancer", "aws:alb/loadBalancer:LoadBalancer"])

listeners := property.resources(["aws:lb/listener:Listener", "aws:alb/listener:Listener"])

# METADATA
# title: Load balancers log requests
# custom:
#   id: aws.elb.access-logs
#   severity: Medium
#   types: ["aws:lb/loadBalancer:LoadBalancer", "aws:alb/loadBalancer:LoadBalancer", "aws:elb/loadBalancer:LoadBalancer"]
#   needs: [accessLogs.enabled]
#   controls: [pci-dss-4.0/10.2.1, nist-800-53-r5/AU-2, nist-800-53-r5/AU-12, fedramp-moderate-r5/AU-2, fedramp-moderate-r5/AU-12, iso-27001-2022/A.8.15, soc-2/CC7.2, hipaa/164.312(b), gdpr/30]
#   remediation: Set accessLogs with a bucket and enabled true.
fails contains finding.of(rego.metadata.rule(), balancer.urn, message) if {
	some balancer in array.concat(balancers, property.resources(["aws:elb/loadBalancer:LoadBalancer"]))
	not property.value(balancer, ["loadBalancerType"], "application") == "gateway" # these have no access logs
	property.off(balancer, ["accessLogs", "enabled"], logs_by_default(balancer))
	message := sprintf("%s logs no requests: set accessLogs with a bucket and enabled true", [balancer.name])
}

# A classic load balancer logs where it has a bucket to log to.
logs_by_default(balancer) if {
	balancer.type == "aws:elb/loadBalancer:LoadBalancer"
	is_object(balancer.new.accessLogs)
} else := false

# METADATA
# title: Load balancers answer by HTTPS, or redirect to it
# custom:
#   id: aws.elb.https
#   severity: High
#   types: ["aws:lb/listener:Listener", "aws:alb/listener:Listener"]
#   needs: [protocol, defaultActions]
#   controls: [pci-dss-4.0/4.2.1, nist-800-53-r5/SC-8(1), nist-800-53-r5/AC-17(2), fedramp-moderate-r5/SC-8(1), fedramp-moderate-r5/AC-17(2), iso-27001-2022/A.8.24, soc-2/CC6.7, hipaa/164.312(e)(1), gdpr/32]
#   remediation: Use protocol HTTPS with a certificate, and let the HTTP listener redirect to it.
fails contains finding.of(rego.metadata.rule(), listener.urn, message) if {
	some listener in listeners
	property.value(listener, ["protocol"], default_protocol(listener)) == "HTTP"
	some action in property.list(listener, ["defaultActions"])
	action.type in {"forward", "fixed-response", "authenticate-cognito", "authenticate-oidc"}
	message := sprintf("%s answers in clear text: use protocol HTTPS, and redirect from HTTP", [listener.name])
}

# Only a gateway load balancer's listener has no port.
default_protocol(listener) := "" if {
	property.unsaid(listener, ["port"])
} else := "HTTP"

# METADATA
# title: Load balancers take TLS 1.2 or newer only
# custom:
#   id: aws.elb.tls-policy
#   severity: Medium
#   types: ["aws:lb/listener:Listener", "aws:alb/listener:Listener"]
#   needs: [sslPolicy]
#   controls: [pci-dss-4.0/4.2.1, nist-800-53-r5/SC-8(1), nist-800-53-r5/SC-13, fedramp-moderate-r5/SC-8(1), fedramp-moderate-r5/SC-13, iso-27001-2022/A.8.24, soc-2/CC6.7, hipaa/164.312(e)(1), gdpr/32]
#   remediation: Set sslPolicy to ELBSecurityPolicy-TLS13-1-2-2021-06 or one as strict.
fails contains finding.of(rego.metadata.rule(), listener.urn, message) if {
	some listener in listeners
	property.value(listener, ["protocol"], "") in {"HTTPS", "TLS"}
	policy := property.value(listener, ["sslPolicy"], "ELBSecurityPolicy-2016-08")
	outdated(policy)
	message := sprintf("%s takes TLS 1.0 or 1.1 by %s: set sslPolicy to ELBSecurityPolicy-TLS13-1-2-2021-06", [listener.name, policy])
}

# Policies whose lowest version is below TLS 1.2 (Elastic Load Balancing user guide, "Security policies").
outdated(policy) if policy in {"ELBSecurityPolicy-2016-08", "ELBSecurityPolicy-2015-05", "ELBSecurityPolicy-FS-2018-06"}

outdated(policy) if regex.match(`^ELBSecurityPolicy-(TLS|TLS13|FS)-1-[01]-`, policy)

# METADATA
# title: Application load balancers drop malformed headers
# custom:
#   id: aws.elb.invalid-headers
#   severity: Medium
#   types: ["aws:lb/loadBalancer:LoadBalancer", "aws:alb/loadBalancer:LoadBalancer"]
#   needs: [dropInvalidHeaderFields]
#   controls: [pci-dss-4.0/6.4.1, nist-800-53-r5/SC-7, nist-800-53-r5/SI-10, fedramp-moderate-r5/SC-7, fedramp-moderate-r5/SI-10, iso-27001-2022/A.8.20, soc-2/CC6.6]
#   remediation: Set dropInvalidHeaderFields to true.
fails contains finding.of(rego.metadata.rule(), balancer.urn, message) if {
	some balancer in balancers
	property.value(balancer, ["loadBalancerType"], "application") == "application"
	property.off(balancer, ["dropInvalidHeaderFields"], false)
	message := sprintf("%s passes malformed headers on: set dropInvalidHeaderFields to true", [balancer.name])
}
