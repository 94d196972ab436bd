import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { opaPath } from "../../test/support/policy.ts";

const policies = join(import.meta.dirname, "../../policies");
const run = promisify(execFile);

test("opa test passes and covers at least 95 % of the rules", async () => {
  const { stdout } = await run(await opaPath(), ["test", "--coverage", "--threshold", "95", "--timeout", "120s", policies]);
  const report: { coverage: number } = JSON.parse(stdout);
  expect(report.coverage).toBeGreaterThanOrEqual(95);
});

test("the sources are formatted and pass the strict check", async () => {
  const opa = await opaPath();
  await run(opa, ["check", "--strict", policies]);
  const { stdout } = await run(opa, ["fmt", "--list", policies]);
  expect(stdout).toBe("");
});

test("every rule that speaks carries id, severity, controls and remediation", async () => {
  const { stdout } = await run(await opaPath(), ["inspect", "--annotations", "--format=json", policies]);
  const {
    annotations,
  }: {
    annotations: { annotations: Annotation; path: { value: unknown }[] }[];
  } = JSON.parse(stdout);
  const rules = annotations.filter(
    ({ path }) => path[2]?.value === "rules" && ["deny", "warn", "approve"].includes(String(path.at(-1)?.value)),
  );
  const ids = rules.map(({ annotations: { custom } }) => custom?.id);
  expect(rules.length).toBeGreaterThanOrEqual(16);
  expect(new Set(ids).size).toBe(ids.length);
  for (const { annotations: annotation } of rules) {
    expect(annotation).toMatchObject({
      title: expect.any(String),
      custom: {
        id: expect.stringMatching(/^dharma\.[a-z]+\.[a-z-]+$/),
        severity: expect.stringMatching(/^(Low|Medium|High|Critical)$/),
        controls: expect.any(Array),
        remediation: expect.any(String),
      },
    });
  }
});

interface Annotation {
  readonly title?: string;
  readonly custom?: { readonly id: string };
}
