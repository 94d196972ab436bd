// The image without a container engine: the same files, the same dependencies, in a folder of their own. What is missing
// from COPY, .dockerignore or package.json's dependencies shows here. Plugins and base image are not part of it.
import { execFile, spawnSync } from "node:child_process";
import { cpSync, existsSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { compiledBundlePath } from "../../src/policy/index.ts";
import { toolPaths, usePlane } from "../support/plane.ts";
import { mustRun, root } from "./chart.ts";
import { startOperatorProcess } from "./process.ts";

const run = promisify(execFile);
let app: string;

beforeAll(async () => {
  app = await mkdtemp(join(tmpdir(), "dharma-image-"));
  const dockerfile = readFileSync(join(root, "Dockerfile"), "utf8");
  const runtime = dockerfile.slice(dockerfile.lastIndexOf("\nFROM "));
  for (const [, sources = ""] of runtime.matchAll(/^COPY (?!--)(.+) \S+$/gm)) {
    for (const source of sources.split(" ")) {
      cpSync(join(root, source), join(app, source), { recursive: true, filter: (path) => !ignored(path) });
    }
  }
  for (const name of ["package-lock.json", ".npmrc"]) cpSync(join(root, name), join(app, name));
  await run("npm", ["ci", "--omit=dev", "--ignore-scripts", "--prefer-offline", "--no-audit", "--no-fund"], {
    cwd: app,
  });
  const { opa } = await toolPaths(["opa"]);
  const signal = new AbortController().signal;
  await compiledBundlePath(join(app, "policies"), { opa, signal });
}, 1_200_000);

afterAll(() => rm(app, { recursive: true, force: true }), 120_000);

test("the commands run", () => {
  const said = spawnSync(process.execPath, [join(app, "src/cli/main.ts"), "--help"], { encoding: "utf8" });
  expect(said).toMatchObject({ status: 0, stdout: expect.stringContaining("approve") });
});

test("the operator starts and is ready, with policies compiled and no opa", { timeout: 300_000 }, async () => {
  expect(existsSync(join(app, "dist/policies"))).toBe(true);
  const { kubeconfigPath: kubeconfig } = await usePlane();
  const namespace = `image-${process.pid}`;
  await mustRun("kubectl", ["apply", "--server-side", "--force-conflicts", "-f", join(app, "crds")], { kubeconfig });
  await using operator = await startOperatorProcess(
    [`--kubeconfig=${kubeconfig}`, `--namespace=${namespace}`, "--opa=/does/not/exist"],
    join(app, "src/cli/main.ts"),
  );
  await operator.line(/cloud listens/, 200_000);
  await operator.line(/controllers? (started|run)|ready/i, 100_000);
});

/** As .dockerignore says. */
function ignored(path: string): boolean {
  return /\.test\.ts$|\/testdata$|\/fixtures$|_test\.rego$|_cases\.yaml$|local\/tools\/modules$/.test(path);
}
