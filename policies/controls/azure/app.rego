# METADATA
# description: Azure App Service and Functions - TLS only, no clear-text FTP, no debugger left open, an identity in place of passwords.
package dharma.controls.azure.app

import data.dharma.finding
import data.dharma.property

apps := property.resources(["azure-native:web:WebApp", "azure-native:web:WebAppSlot"])

# METADATA
# title: Web apps take TLS 1.2 or newer
# custom:
#   id: azure.app.tls
#   severity: High
#   types: ["azure-native:web:WebApp", "azure-native:web:WebAppSlot"]
#   needs: [siteConfig.minTlsVersion]
#   controls: [
#       pci-dss-4.0/1.2.5, pci-dss-4.0/4.2.1, nist-800-53-r5/SC-8, fedramp-moderate-r5/SC-8, nist-800-53-r5/SC-13,
#       fedramp-moderate-r5/SC-13, iso-27001-2022/A.8.24, soc-2/CC6.7, hipaa/164.312(e)(2)(ii), gdpr/32
#     ]
#   remediation: Set siteConfig.minTlsVersion to 1.2.
fails contains finding.of(rego.metadata.rule(), app.urn, message) if {
	some app in apps
	property.one_of(app, ["siteConfig", "minTlsVersion"], "1.2", {"1.0", "1.1"})
	message := sprintf("%s takes TLS older than 1.2: set siteConfig.minTlsVersion to 1.2", [app.name])
}

# METADATA
# title: Web apps send HTTP on to HTTPS
# custom:
#   id: azure.app.https-only
#   severity: High
#   types: ["azure-native:web:WebApp", "azure-native:web:WebAppSlot"]
#   needs: [httpsOnly]
#   controls: [
#       pci-dss-4.0/4.2.1, nist-800-53-r5/SC-8, fedramp-moderate-r5/SC-8, nist-800-53-r5/SC-8(1),
#       fedramp-moderate-r5/SC-8(1), iso-27001-2022/A.8.24, soc-2/CC6.7, hipaa/164.312(e)(1), gdpr/32
#     ]
#   remediation: Set httpsOnly to true.
fails contains finding.of(rego.metadata.rule(), app.urn, message) if {
	some app in apps
	property.off(app, ["httpsOnly"], false)
	message := sprintf("%s answers clear-text HTTP: set httpsOnly to true", [app.name])
}

# METADATA
# title: Web apps take no clear-text FTP
# custom:
#   id: azure.app.ftps
#   severity: High
#   types: ["azure-native:web:WebApp", "azure-native:web:WebAppSlot"]
#   needs: [siteConfig.ftpsState]
#   controls: [
#       pci-dss-4.0/1.2.6, pci-dss-4.0/2.2.5, nist-800-53-r5/CM-7, fedramp-moderate-r5/CM-7, nist-800-53-r5/SC-8,
#       fedramp-moderate-r5/SC-8, iso-27001-2022/A.8.21, soc-2/CC6.7, hipaa/164.312(e)(1)
#     ]
#   remediation: Set siteConfig.ftpsState to Disabled, or FtpsOnly.
fails contains finding.of(rego.metadata.rule(), app.urn, message) if {
	some app in apps
	property.one_of(app, ["siteConfig", "ftpsState"], "FtpsOnly", {"allallowed"})
	message := sprintf("%s takes clear-text FTP: set siteConfig.ftpsState to Disabled", [app.name])
}

# METADATA
# title: Web apps leave no debugger open
# custom:
#   id: azure.app.remote-debugging
#   severity: Medium
#   types: ["azure-native:web:WebApp", "azure-native:web:WebAppSlot"]
#   needs: [siteConfig.remoteDebuggingEnabled]
#   controls: [pci-dss-4.0/2.2.4, nist-800-53-r5/CM-7, fedramp-moderate-r5/CM-7, iso-27001-2022/A.8.9, soc-2/CC6.6]
#   remediation: Set siteConfig.remoteDebuggingEnabled to false.
fails contains finding.of(rego.metadata.rule(), app.urn, message) if {
	some app in apps
	property.on(app, ["siteConfig", "remoteDebuggingEnabled"], false)
	message := sprintf("%s can be debugged from outside: set siteConfig.remoteDebuggingEnabled to false", [app.name])
}

# METADATA
# title: Web apps have an identity
# custom:
#   id: azure.app.identity
#   severity: Low
#   types: ["azure-native:web:WebApp", "azure-native:web:WebAppSlot"]
#   needs: [identity.type]
#   controls: [
#       pci-dss-4.0/8.6.2, nist-800-53-r5/IA-2, fedramp-moderate-r5/IA-2, nist-800-53-r5/IA-5,
#       fedramp-moderate-r5/IA-5, iso-27001-2022/A.5.16, soc-2/CC6.1
#     ]
#   remediation: Set identity.type to SystemAssigned and give roles to it in place of keys in settings.
fails contains finding.of(rego.metadata.rule(), app.urn, message) if {
	some app in apps
	property.one_of(app, ["identity", "type"], "None", {"none"})
	message := sprintf("%s has no identity, so it needs passwords: set identity.type to SystemAssigned", [app.name])
}
