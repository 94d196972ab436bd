import { execFile } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { opaPath } from "../../test/support/policy.ts";

const policies = join(import.meta.dirname, "../../policies");
const run = promisify(execFile);

test("opa test passes and covers at least 95 % of the rules", async () => {
  const { stdout } = await run(
    await opaPath(),
    ["test", "--coverage", "--threshold", "95", "--timeout", "120s", policies],
    { maxBuffer: 64 << 20 },
  );
  const report: { coverage: number } = JSON.parse(stdout);
  expect(report.coverage).toBeGreaterThanOrEqual(95);
}, 180_000);

// `not f(x.y)` and `not x.y in z` are undefined, not true, where y is absent: opa takes the argument out of the negation.
test("no rule negates a call over a property that may be absent", async () => {
  const files = (await readdir(policies, { recursive: true })).filter((name) => /(?<!_test)\.rego$/.test(name));
  const texts = await Promise.all(
    files.map(async (name) => [name, await readFile(join(policies, name), "utf8")] as const),
  );
  expect(texts.flatMap(([name, text]) => absentUnderNegation(text).map((found) => `${name}: ${found}`))).toEqual([]);
  expect(absentUnderNegation("\tnot rule.from in places\n\tnot said(rule.from)\n")).toHaveLength(2);
  expect(absentUnderNegation("\tnot rule.from\n\tnot rule.from == rule.to\n\tnot said(rule.name)\n")).toEqual([]);
});

/** Negated calls whose argument is a property, but for those that every resource, or what a helper makes, has. */
function absentUnderNegation(rego: string): readonly string[] {
  const imports = new Set(
    Array.from(rego.matchAll(/^import \S*?(\w+)(?: as (\w+))?$/gm), ([, name, alias]) => alias ?? name),
  );
  return rego.split("\n").flatMap((line) => {
    if (/^\s*#/.test(line)) return [];
    const code = line.replaceAll(/`[^`]*`|"[^"]*"/g, '""');
    return Array.from(code.matchAll(/\bnot ([^;]*)/g), ([, negated = ""]) => negated)
      .filter((negated) => /[(]| in |[<>]/.test(negated))
      .filter((negated) =>
        Array.from(negated.matchAll(/(?<![\w.])([a-z_]\w*)\.(\w+)(?![\w(])/g)).some(
          ([, head, field = ""]) => !imports.has(head) && !/^(new|name|security|labels|tags|text)$/.test(field),
        ),
      );
  });
}

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
