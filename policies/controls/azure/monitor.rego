# METADATA
# description: Azure Monitor and Defender for Cloud - what a subscription records, and what watches it.
package dharma.controls.azure.monitor

import data.dharma.finding
import data.dharma.property
import data.dharma.subject

# A diagnostic setting records the activity log where it is a subscription's own.
recorders := array.concat(
	property.resources(["azure-native:monitor:SubscriptionDiagnosticSetting"]),
	[setting |
		some setting in subject.by_type["azure-native:monitor:DiagnosticSetting"]
		regex.match(`^/?subscriptions/[^/]+/?$`, lower(setting.new.resourceUri))
	],
)

# METADATA
# title: The activity log's security categories are recorded
# custom:
#   id: azure.monitor.activity-log
#   severity: Medium
#   types: ["azure-native:monitor:SubscriptionDiagnosticSetting", "azure-native:monitor:DiagnosticSetting"]
#   needs: [logs]
#   controls: [
#       cis-azure-4.0/7.1.1.2, pci-dss-4.0/10.2.1, nist-800-53-r5/AU-2, fedramp-moderate-r5/AU-2, nist-800-53-r5/AU-12,
#       fedramp-moderate-r5/AU-12, iso-27001-2022/A.8.15, soc-2/CC8.1, hipaa/164.312(b), gdpr/30
#     ]
#   remediation: Enable the categories Administrative, Alert, Policy and Security.
fails contains finding.of(rego.metadata.rule(), setting.urn, message) if {
	some setting in recorders
	logs := property.value(setting, ["logs"], [])
	is_array(logs)
	count([log | some log in logs; log.enabled == true; lower(log.categoryGroup) == "alllogs"]) == 0
	recorded := {log.category | some log in logs; log.enabled == true}
	missing := {"Administrative", "Alert", "Policy", "Security"} - recorded
	count(missing) > 0
	message := sprintf("%s doesn't record %s: enable these log categories", [setting.name, concat(", ", sort(missing))])
}

# METADATA
# title: Defender for Cloud's plans are on
# custom:
#   id: azure.monitor.defender
#   severity: Medium
#   types: ["azure-native:security:Pricing"]
#   needs: [pricingTier]
#   controls: [
#       cis-azure-4.0/9.1.3.1, cis-azure-4.0/9.1.4.1, cis-azure-4.0/9.1.5.1, cis-azure-4.0/9.1.6.1,
#       cis-azure-4.0/9.1.7.1, cis-azure-4.0/9.1.7.2, cis-azure-4.0/9.1.7.3, cis-azure-4.0/9.1.7.4,
#       cis-azure-4.0/9.1.8.1, cis-azure-4.0/9.1.9.1, pci-dss-4.0/11.5.1, nist-800-53-r5/RA-5,
#       fedramp-moderate-r5/RA-5, nist-800-53-r5/SI-4, fedramp-moderate-r5/SI-4, iso-27001-2022/A.8.16, soc-2/CC7.1,
#       soc-2/CC7.2
#     ]
#   remediation: Set pricingTier to Standard.
fails contains finding.of(rego.metadata.rule(), plan.urn, message) if {
	some plan in subject.by_type["azure-native:security:Pricing"]
	property.one_of(plan, ["pricingTier"], "Free", {"free"})
	message := sprintf("%s leaves Defender off for its resources: set pricingTier to Standard", [plan.name])
}

# METADATA
# title: Security alerts reach a person
# custom:
#   id: azure.monitor.security-contact
#   severity: Low
#   types: ["azure-native:security:SecurityContact"]
#   needs: [emails, isEnabled]
#   controls: [
#       cis-azure-4.0/9.1.13, pci-dss-4.0/12.10.5, nist-800-53-r5/SI-4(5), fedramp-moderate-r5/SI-4(5),
#       iso-27001-2022/A.5.24, soc-2/CC7.3, hipaa/164.308(a)(6)(ii)
#     ]
#   remediation: Set emails to the addresses of those on duty and keep isEnabled true.
fails contains finding.of(rego.metadata.rule(), contact.urn, message) if {
	some contact in subject.by_type["azure-native:security:SecurityContact"]
	mute(contact)
	message := sprintf("%s tells nobody of alerts: set emails and isEnabled", [contact.name])
}

mute(contact) if property.unsaid(contact, ["emails"])

mute(contact) if property.off(contact, ["isEnabled"], true)
