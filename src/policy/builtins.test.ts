// The host's built-ins, and those the module brings, give what opa itself gives.
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { compileRego, opaPath } from "../../test/support/policy.ts";
import { systemClock } from "../kube/clock.ts";
import { calls } from "./builtins.cases.ts";
import { createPolicyHost, type PlanInput, type PolicyHost } from "./index.ts";

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
