import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { mkdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { opaPath } from "../../test/support/policy.ts";
import { parseBundle } from "./bundle.ts";
import { BundleError, compiledBundle, loadBundle } from "./index.ts";

const signal = new AbortController().signal;
const rule = `package dharma.plan
decision := {"allow": true, "requireApproval": false, "deny": [], "warn": []}`;

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "dharma-bundle-"));
  await mkdir(join(root, "policies"));
});
afterEach(() => rm(root, { recursive: true, force: true }));

const source = (text: string) => writeFile(join(root, "policies", "plan.rego"), text);

describe("compiling", () => {
  test("happens once for each content, and gives the same digest again", async () => {
    const opa = await opaPath();
    await source(rule);
    const both = await Promise.all([1, 2].map(() => compiledBundle(join(root, "policies"), { opa, signal })));
    expect(both[0]?.digest).toBe(both[1]?.digest);
    const cached = await compiledBundle(join(root, "policies"), { opa: "/no/such/opa", signal });
    expect(cached.digest).toBe(both[0]?.digest);
    await source(rule.replace("false", "true"));
    const changed = await compiledBundle(join(root, "policies"), { opa, signal });
    expect(changed.digest).not.toBe(cached.digest);
    expect(await readdir(join(root, "dist", "policies"))).toHaveLength(2);
  });

  test("needs no recompiling for a changed test", async () => {
    const opa = await opaPath();
    await source(rule);
    await compiledBundle(join(root, "policies"), { opa, signal });
    await writeFile(join(root, "policies", "plan_test.rego"), "package dharma.plan_test\n");
    await expect(compiledBundle(join(root, "policies"), { signal })).resolves.toBeDefined();
  });

  test("without opa says how to get it", async () => {
    await source(rule);
    await expect(compiledBundle(join(root, "policies"), { signal })).rejects.toThrow(/npm run tools/);
  });

  test.each([
    ["a mistake keeps the compiler's words", `package dharma.plan\ndecision := nosuch`, /rego_unsafe_var_error|nosuch/],
    ["a built-in the host lacks is refused", `package dharma.plan\ndecision := http.send({})`, /http\.send/],
    ["sources without a decision point are refused", `package dharma.other\nx := 1`, /no package dharma\.POINT/],
  ])("%s", async (_, text, message) => {
    await source(text);
    const compiling = compiledBundle(join(root, "policies"), { opa: await opaPath(), signal });
    await expect(compiling).rejects.toThrow(message);
    await expect(compiling).rejects.toBeInstanceOf(BundleError);
  });

  test("of an empty folder says so", async () => {
    await expect(compiledBundle(join(root, "policies"), { signal })).rejects.toThrow(/no policies/);
  });
});

describe("a file that is no bundle is refused with a reason", () => {
  test("a file that isn't there", async () => {
    await expect(loadBundle(join(root, "none.tar.gz"), { signal })).rejects.toThrow(/can't read/);
  });
  test.each([
    ["not compressed", Buffer.from("hello")],
    ["not a tar", gzipSync(Buffer.alloc(600, "x"))],
    ["cut off", gzipSync(Buffer.concat([header("policy.wasm", 4096), Buffer.alloc(100)]))],
    ["without a module", gzipSync(Buffer.alloc(1024))],
  ])("%s", async (_, bytes) => {
    await expect(parseBundle(bytes, "x.tar.gz")).rejects.toThrow(/x\.tar\.gz can't be used/);
  });
});

function header(name: string, size: number): Buffer {
  const block = Buffer.alloc(512);
  block.write(name, 0);
  block.write(size.toString(8).padStart(11, "0"), 124);
  block.write("0", 156);
  return block;
}
