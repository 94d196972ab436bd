// The frameworks that controls are counted for, by the version whose ids the rules carry.

export interface Framework {
  /** As in control ids, before the slash. */
  readonly name: string;
  readonly title: string;
}

export const frameworks: readonly Framework[] = [
  { name: "cis-aws-6.0", title: "CIS AWS Foundations 6.0" },
  { name: "cis-azure-4.0", title: "CIS Azure Foundations 4.0" },
  { name: "cis-gcp-4.0", title: "CIS Google Cloud Foundations 4.0" },
  { name: "cis-kubernetes-1.12", title: "CIS Kubernetes 1.12" },
  { name: "pci-dss-4.0", title: "PCI DSS 4.0" },
  { name: "nist-800-53-r5", title: "NIST SP 800-53 revision 5" },
  { name: "iso-27001-2022", title: "ISO/IEC 27001:2022 Annex A" },
  { name: "soc-2", title: "SOC 2 (Trust Services Criteria 2017)" },
  { name: "hipaa", title: "HIPAA Security Rule (45 CFR 164)" },
  { name: "gdpr", title: "GDPR (Regulation 2016/679)" },
  { name: "fedramp-moderate-r5", title: "FedRAMP moderate, revision 5" },
];
