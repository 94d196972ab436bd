# METADATA
# description: AWS Config, GuardDuty and Security Hub - where they are set up, they look at everything.
package dharma.controls.aws.detection

import data.dharma.finding
import data.dharma.property
import data.dharma.subject

recorders := property.resources(["aws:cfg/recorder:Recorder"])

statuses := property.resources(["aws:cfg/recorderStatus:RecorderStatus"])

# METADATA
# title: AWS Config records everything
# custom:
#   id: aws.detection.config
#   severity: Medium
#   types: ["aws:cfg/recorder:Recorder", "aws:cfg/recorderStatus:RecorderStatus"]
#   needs: [isEnabled, recordingGroup.allSupported]
#   controls: [cis-aws-6.0/4.3, pci-dss-4.0/10.2.1, nist-800-53-r5/CM-8, nist-800-53-r5/CM-2, fedramp-moderate-r5/CM-8, fedramp-moderate-r5/CM-2, iso-27001-2022/A.8.9, soc-2/CC2.1, soc-2/CC7.1, gdpr/30]
#   remediation: Add a RecorderStatus with isEnabled true, and leave recordingGroup.allSupported on.
fails contains finding.of(rego.metadata.rule(), resource.urn, message) if {
	some [resource, why] in array.concat(
		[[status, "is off: set isEnabled to true"] | some status in statuses; property.off(status, ["isEnabled"], false)],
		array.concat(
			[[recorder, "is never started: add a RecorderStatus"] | some recorder in recorders; count(statuses) == 0],
			[[recorder, "leaves resource types out: set recordingGroup.allSupported to true"] |
				some recorder in recorders
				property.off(recorder, ["recordingGroup", "allSupported"], true)
				not all_but_some(recorder)
			],
		),
	)
	message := sprintf("%s %s", [resource.name, why])
}

# Everything but a few types named.
all_but_some(recorder) if count(recorder.new.recordingGroup.exclusionByResourceTypes) > 0

# METADATA
# title: GuardDuty detectors are on
# custom:
#   id: aws.detection.guardduty
#   severity: High
#   types: ["aws:guardduty/detector:Detector"]
#   needs: [enable]
#   controls: [pci-dss-4.0/11.5.1, nist-800-53-r5/CA-7, nist-800-53-r5/SI-4, fedramp-moderate-r5/CA-7, fedramp-moderate-r5/SI-4, iso-27001-2022/A.5.25, iso-27001-2022/A.8.16, soc-2/CC3.1, soc-2/CC7.2, hipaa/164.308(a)(1)(ii)(D), gdpr/32]
#   remediation: Set enable to true.
fails contains finding.of(rego.metadata.rule(), detector.urn, message) if {
	some detector in subject.by_type["aws:guardduty/detector:Detector"]
	property.off(detector, ["enable"], true)
	message := sprintf("%s is suspended: set enable to true", [detector.name])
}

# METADATA
# title: Security Hub checks by a standard
# custom:
#   id: aws.detection.security-hub
#   severity: Medium
#   types: ["aws:securityhub/account:Account"]
#   needs: [enableDefaultStandards]
#   controls: [cis-aws-6.0/5.16, pci-dss-4.0/10.4.1, nist-800-53-r5/AU-6(1), nist-800-53-r5/CA-7, fedramp-moderate-r5/AU-6(1), fedramp-moderate-r5/CA-7, iso-27001-2022/A.8.16, soc-2/CC7.1, hipaa/164.308(a)(1)(ii)(D)]
#   remediation: Leave enableDefaultStandards on, or add a StandardsSubscription.
fails contains finding.of(rego.metadata.rule(), account.urn, message) if {
	some account in subject.by_type["aws:securityhub/account:Account"]
	property.off(account, ["enableDefaultStandards"], true)
	count(property.resources(["aws:securityhub/standardsSubscription:StandardsSubscription"])) == 0
	message := sprintf("%s checks nothing: leave enableDefaultStandards on, or add a StandardsSubscription", [account.name])
}
