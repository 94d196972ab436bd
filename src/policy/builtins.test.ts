// The host's built-ins, and those the module brings, give what opa itself gives.
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { compileRego, opaPath } from "../../test/support/policy.ts";
import { systemClock } from "../kube/clock.ts";
import { createPolicyHost, type PlanInput, type PolicyHost } from "./index.ts";

/** Calls by built-in. `undefined` of a failing one shows as the text "undefined". */
const calls: Readonly<Record<string, readonly (readonly unknown[])[]>> = {
  "semver.is_valid": [
    "1.2.3",
    "v1.2.3",
    "V1.2.3",
    "vv1.2.3",
    " 1.2.3",
    "1.2",
    "1.02.3",
    "1.2.3-rc.1+b.5",
    "1.2.3-01",
    "",
    "1.2.3-",
    5,
    null,
  ].map((v) => [v]),
  "semver.compare": [
    ["1.2.3", "1.2.3"],
    ["1.2.3", "1.10.0"],
    ["2.0.0", "1.99.99"],
    ["1.0.0-alpha", "1.0.0"],
    ["1.0.0", "1.0.0-alpha"],
    ["1.0.0-alpha", "1.0.0-alpha.1"],
    ["1.0.0-alpha.1", "1.0.0-alpha.beta"],
    ["1.0.0-beta.2", "1.0.0-beta.11"],
    ["1.0.0-rc.1", "1.0.0-beta"],
    ["1.0.0+a", "1.0.0+b"],
    ["v1.0.0-a", "1.0.0"],
    ["99999999999999999.0.0", "99999999999999998.0.0"],
    ["v1.0.0", "1.0.0"],
    ["1.0.0", "one"],
  ],
  "units.parse": [
    "1",
    "10K",
    "10Ki",
    "1.5G",
    "100m",
    "2M",
    "3Mi",
    "1e3",
    "0.1",
    "1.5Ki",
    "-2k",
    "1E",
    "1Ei",
    "1Pi",
    "5x",
    "",
    "K",
    "1 K",
    '"10"',

    "1.",
    ".5",
    "1.2.3",
    "0.0000001m",
    "3ki",
    "1e3K",
    "250m",
    "1.25m",
    "0.00000000005",
    "-0.1",
    "1234567.891",
    "1.0000000001",
    "12P",
    "7ti",
    "+5",
    "1GB",
  ].map((v) => [v]),
  "units.parse_bytes": [
    "1",
    "10KB",
    "10KiB",
    "10Ki",
    "1.5GB",
    "100m",
    "2MB",
    "3mib",
    "1e3",
    "0.1",
    "1.5Kib",
    "-2k",
    "1EB",
    "1EiB",
    "5x",
    "",
    "KB",
    "1 KB",
    '"10"',
    ".5K",
    "1.2.3",
    "1B",
    "1b",
    "100.5",
    "8PiB",
    "0.5Ki",
  ].map((v) => [v]),
  "time.parse_duration_ns": [
    "1h",
    "1h30m",
    "1.5h",
    "100ms",
    "3us",
    "5µs",
    "7ns",
    "-2m",
    "0",
    "1",
    "",
    "1d",
    "1w",
    "1y",
    "1.5d",
    "2h1d",
    "-1d",
    "1mo",
    "106752d",
    "1D",
    "d",
    "1.d",
    "2540400h",
    "9999999h",
    ".5s",
    "1.0000000001s",
    "+1s",
  ].map((v) => [v]),
  "time.parse_rfc3339_ns": [
    "2026-11-22T20:18:03Z",
    "2026-11-22T20:18:03.123456789Z",
    "2026-11-22T20:18:03+01:30",
    "1969-12-31T23:59:59.5Z",

    "2026-02-30T00:00:00Z",
    "2024-02-29T00:00:00Z",
    "2026-11-22 20:18:03Z",
    "2026-11-22",
    "2262-04-11T23:47:16Z",
    "2263-01-01T00:00:00Z",

    "1677-09-21T00:12:44Z",
    "1600-01-01T00:00:00Z",
    "2026-11-22T24:00:00Z",
    "2026-11-22T20:18:60Z",
    "2026-11-22T20:18:03,5Z",
    "2026-11-22t20:18:03z",
  ].map((v) => [v]),
  // Brought by the module itself.
  "glob.match": [
    ["aws.s3.*", ["."], "aws.s3.versioning"],
    ["aws.s3.*", ["."], "aws.s3.a.b"],
    ["aws.**", ["."], "aws.s3.a.b"],
    ["*-{dev,test}", [], "web-dev"],
    ["[a-c]?x", [], "bzx"],
    ["[!a-c]?x", [], "bzx"],
    ["*", [], "a.b/c"],
    ["*", null, "a.b"],
    ["*", ["/"], "a.b"],
    ["\\*", [], "*"],
    ["", [], ""],
  ],
  "net.cidr_contains": [
    ["10.0.0.0/8", "10.1.2.3"],
    ["10.0.0.0/8", "10.1.0.0/16"],
    ["10.1.0.0/16", "10.0.0.0/8"],
    ["10.0.0.0/8", "11.0.0.0"],
    ["0.0.0.0/0", "8.8.8.8/32"],
    ["fd00::/8", "fd00::1"],
    ["::/0", "10.0.0.1"],
    ["10.0.0.0/33", "10.0.0.1"],
    ["nonsense", "10.0.0.1"],
  ],
  "net.cidr_intersects": [
    ["10.0.0.0/8", "10.1.0.0/16"],
    ["10.0.0.0/16", "10.1.0.0/16"],
    ["0.0.0.0/0", "192.168.0.0/24"],
    ["fd00::/8", "fd00:1::/32"],
    ["10.0.0.0/8", "::/0"],
    ["x", "10.0.0.0/8"],
  ],
};

const rows = Object.entries(calls).flatMap(([name, all]) =>
  all.map((args) => ({ name, args, text: `${name}(${JSON.stringify(args).slice(1, -1)})` })),
);

// Results as text: what is compared is every digit. Ordering and arithmetic on them are the module's own.
const rego = `package dharma.plan

decision := {"allow": true, "requireApproval": false, "deny": [], "warn": findings}

findings := [{"rule": sprintf("r%d", [i]), "message": results[i], "resource": "", "controls": [], "severity": "Low"} | some i, _ in input.rows]

results[i] := json.marshal(value[i]) if some i, _ in input.rows

results[i] := "undefined" if {
	some i, _ in input.rows
	not known[i]
}

known[i] if {
	some i, _ in value
}

${Object.entries(calls)
  .map(([name, [first = []]]) => {
    const args = first.map((_, index) => `row.args[${index}]`).join(", ");
    return `value[i] := ${name}(${args}) if {\n\tsome i, row in input.rows\n\trow.name == "${name}"\n}`;
  })
  .join("\n\n")}
`;

let host: PolicyHost;
const byHost = new Map<string, string>();
const byOpa = new Map<string, string>();

beforeAll(async () => {
  const bundle = await compileRego({ "plan.rego": rego });
  host = createPolicyHost({
    bundles: { current: () => bundle },
    key: { id: "k", secret: new Uint8Array(32) },
    clock: systemClock,
    limits: { threads: 1, deadlineMs: 20_000 },
  });
  const { signal } = new AbortController();
  const opa = await opaPath();
  const folder = await mkdtemp(join(tmpdir(), "dharma-builtins-"));
  try {
    await writeFile(join(folder, "plan.rego"), rego);
    for (let from = 0; from < rows.length; from += 50) {
      const some = rows.slice(from, from + 50);
      const decision = await host.decide("Plan", { rows: some } as unknown as PlanInput, { signal });
      expect(decision.deny).toEqual([]);
      for (const { rule, message } of decision.warn) byHost.set(some[Number(rule.slice(1))]?.text ?? "", message);
      const input = join(folder, "input.json");
      await writeFile(input, JSON.stringify({ rows: some }));
      const query = "data.dharma.plan.findings";
      const { stdout } = await promisify(execFile)(opa, [
        "eval",
        "-f",
        "json",
        "-d",
        join(folder, "plan.rego"),
        "-i",
        input,
        query,
      ]);
      const found = (
        JSON.parse(stdout) as { result: { expressions: { value: { rule: string; message: string }[] }[] }[] }
      ).result[0]?.expressions[0]?.value;
      for (const { rule, message } of found ?? []) byOpa.set(some[Number(rule.slice(1))]?.text ?? "", message);
    }
  } finally {
    await rm(folder, { recursive: true });
  }
}, 120_000);
afterAll(() => host?.close());

describe("the host gives what opa gives for", () => {
  test.each(rows)("$text", ({ text }) => {
    expect(byOpa.get(text)).toBeDefined();
    expect(byHost.get(text)).toBe(byOpa.get(text));
  });
});
