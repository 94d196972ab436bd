// One passing and one refused value, or more, for each rule, by its message. The sweep puts them wherever the rule stands.

/** Values for a rule. */
export interface RuleCases {
  readonly good: readonly unknown[];
  readonly bad: readonly unknown[];
}

const aDigest = `sha256:${"0".repeat(64)}`;
const badNames = ["", "Web", "web shop", "-web", "web-", "wéb", "網站"];

/** Rules about the value they stand beside. */
export const valueCases: Readonly<Record<string, RuleCases>> = {
  "must be a region of the provider, such as eu-west-1, westeurope or europe-west1": {
    good: ["eu-west-1", "westeurope", "us-gov-east-1", "eastus2"],
    bad: ["", "EU-West-1", "eu west", "eu_west_1", "eu-west-"],
  },
  "must start with a letter and hold only lower case letters, digits and hyphens, such as web-1": {
    good: ["a", "web-1"],
    bad: [...badNames, "1web"],
  },
  "the name inputs is taken: ${inputs.NAME} refers to an input": { good: ["input"], bad: ["inputs"] },
  "must be the name of a component type, such as Network": {
    good: ["Network", "ObjectStore2"],
    bad: ["", "network", "aws:s3:Bucket", "Net work"],
  },
  "must be a duration such as 90s, 10m or 1h30m, at least 1s": {
    good: ["1s", "90s", "10m", "1h30m", "1.5h", "1000ms", "72h"],
    bad: ["", "10", "ten minutes", "0s", "-5m", "999ms", "1d", "5 m", "30m1h", "m"],
  },
  "must be a duration such as 90s, 10m or 1h30m, at least 1m": {
    good: ["1m", "60s", "1h", "99999h"],
    bad: ["", "59s", "10", "0m", "-1h", "1d", "1h 30m", "1000000h"],
  },
  "must be a Pulumi type token PACKAGE:MODULE:TYPE, such as aws:sqs/queue:Queue": {
    good: [
      "aws:sqs/queue:Queue",
      "azure-native:storage:StorageAccount",
      "random:index/randomPassword:RandomPassword",
      "azure-native:storage/v20230101:Blob",
    ],
    bad: ["", "Queue", "aws:Queue", "aws:sqs/queue:", "AWS:sqs:Queue", "aws:sqs/queue:Queue:extra", "aws::Queue"],
  },
  "types of the package pulumi are not resources; name a type of a cloud's package": {
    good: ["pulumix:a:B"],
    bad: ["pulumi:providers:aws", "pulumi:pulumi:Stack"],
  },
  "exactly one of value, secretKeyRef, configMapKeyRef and blueprintRef must be set": {
    good: [
      { name: "fresh", value: "x" },
      { name: "fresh", value: 0 },
      { name: "fresh", secretKeyRef: { name: "a", key: "b" } },
    ],
    bad: [{ name: "fresh" }, { name: "fresh", value: "x", secretKeyRef: { name: "a", key: "b" } }],
  },
  "must start with a letter and hold only letters, digits, _ and -": {
    good: ["freshName", "a", "A_b-1"],
    bad: ["", "1st", "a b", "a.b", "ä", "-a"],
  },
  "must be the name of an object: lower case letters, digits, hyphens and dots": {
    good: ["a", "web-1", "settings.v1"],
    bad: [...badNames, "a..b", "a/b"],
  },
  "must be lower case letters, digits and hyphens, such as web-1, at most 63": {
    good: ["a", "1a", "web-1"],
    bad: [...badNames, "a.b"],
  },
  'must be a cron schedule of five fields (minute, hour, day, month, weekday), such as "0 2 * * 6"': {
    good: ["0 2 * * 6", "*/5 * * * *", "0 0 1 1 *", "@daily", "15,45 8-18/2 * jan,FEB mon-fri", "59 23 31 12 7"],
    bad: [
      "",
      "0 2 * *",
      "60 2 * * 6",
      "0 24 * * 6",
      "0 2 0 * 6",
      "0 2 32 * *",
      "0 2 * 13 *",
      "0 2 * * 8",
      "every day",
      "@reboot",
      "0 2 * * 6 2026",
      "0  2 * * 6",
    ],
  },
  "must be a time zone of the IANA database, such as Europe/Berlin or UTC": {
    good: ["UTC", "Europe/Berlin", "America/Argentina/Buenos_Aires", "Asia/Kolkata", "Etc/GMT+1"],
    bad: ["", "Berlin", "Europe/Atlantis", "+01:00", "europe/berlin", "CEST", "Local"],
  },
  "exactly one of secretRef and serviceAccountName must be set": {
    good: [{ secretRef: { name: "a" } }, { serviceAccountName: "a" }],
    bad: [{}, { secretRef: { name: "a" }, serviceAccountName: "a" }],
  },
  "values are required for In and NotIn, and only there": {
    good: [
      { key: "a", operator: "In", values: ["b"] },
      { key: "a", operator: "Exists" },
      { key: "a", operator: "DoesNotExist", values: [] },
    ],
    bad: [
      { key: "a", operator: "In" },
      { key: "a", operator: "NotIn", values: [] },
      { key: "a", operator: "Exists", values: ["b"] },
    ],
  },
  "must be a label key, such as tier or app.kubernetes.io/name": {
    good: ["tier", "app.kubernetes.io/name", "A_b.c"],
    bad: ["", "a/b/c", "-a", "a b", "/a", "UPPER/a"],
  },
  "exactly one of any and all must be set": {
    good: [{ any: [{ name: "a", alert: { name: "A" } }] }, { all: [{ name: "a", alert: { name: "A" } }] }],
    bad: [{}, { any: [{ name: "a", alert: { name: "A" } }], all: [{ name: "a", alert: { name: "A" } }] }],
  },
  "exactly one of condition, prometheus, event, score and alert must be set": {
    good: [{ name: "fresh", alert: { name: "A" } }],
    bad: [
      { name: "fresh" },
      { name: "fresh", for: "1m" },
      { name: "fresh", alert: { name: "A" }, event: { reason: "B" } },
    ],
  },
  'must be a decimal number, such as "0.05"': {
    good: ["0", "-1", "0.05", "100"],
    bad: ["", "x", "1.", ".5", "1e3", "0,5", "+1"],
  },
  "parameters belong to their action only: notify to Notify, scale to ScaleWorkload, job to RunJob, resources to AdjustResources, volume to ExpandVolume":
    {
      good: [{ name: "fresh", action: "ExpandVolume", volume: { maxSize: "1Gi" } }],
      bad: [
        { name: "fresh", action: "RestartPod", notify: { to: "a" } },
        { name: "fresh", action: "Notify", notify: { to: "a" }, scale: { replicas: 1 } },
      ],
    },
  "Notify needs notify, ScaleWorkload needs scale and RunJob needs job": {
    good: [{ name: "fresh", action: "AdjustResources" }],
    bad: [
      { name: "fresh", action: "Notify" },
      { name: "fresh", action: "ScaleWorkload" },
      { name: "fresh", action: "RunJob" },
    ],
  },
  "must be a quantity, such as 256Mi": {
    good: ["0", "256Mi", "1.5Gi", "1k"],
    bad: ["", "-1Gi", "256 Mi", "lots", "1GB", "1KiB"],
  },
  "must be a count that is not negative, or a percentage from 0% to 100%": {
    good: [0, 3, "0%", "60%", "100%"],
    bad: [-1, "101%", "60", "-1%", "1.5%", "half", "060%"],
  },
  "at least one of money and carbonKg must be set": { good: [{ carbonKg: "1" }], bad: [{}] },
  "money and currency are set together": {
    good: [{ money: "1", currency: "EUR" }],
    bad: [{ money: "1" }, { carbonKg: "1", currency: "EUR" }],
  },
  'must be a decimal amount that is not negative, such as "1200" or "99.50"': {
    good: ["0", "1200", "99.50"],
    bad: ["", "-1", "1,200", "$5", "1.", "1e3", "a lot"],
  },
  "must be a currency code of three letters, such as USD": { good: ["EUR"], bad: ["", "usd", "US", "$"] },
  "to names who is told: required for Notify, and only there": {
    good: [{ type: "Notify", to: "a" }],
    bad: [{ type: "Notify" }, { type: "DenyNew", to: "a" }],
  },
  "selector says what may be scaled down: required for ScaleDown, and only there": {
    good: [{ type: "ScaleDown", selector: {} }],
    bad: [{ type: "ScaleDown" }, { type: "DenyNew", selector: {} }],
  },
  "must be sha256: and 64 hexadecimal digits": {
    good: [aDigest],
    bad: ["", "sha256:", `sha256:${"0".repeat(63)}g`, `SHA256:${"0".repeat(64)}`, `sha1:${"0".repeat(64)}`],
  },
  "exactly one of configMapRef and oci must be set": {
    good: [{ configMapRef: { name: "a" } }, { oci: { repository: "r", digest: aDigest } }],
    bad: [{}, { configMapRef: { name: "a" }, oci: { repository: "r", digest: aDigest } }],
  },
  "must be a version, such as 0.3.0": {
    good: ["0.3.0", "1.2.3-rc.1"],
    bad: ["", "v0.3.0", "0.3", "latest", "0.3.0+build"],
  },
};
