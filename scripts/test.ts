// `npm test` and `npm run test:long`: the tools first, then every test, then the real counts alone on a line.
import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { installTools, tellProgress, testTools, type ToolName, tools } from "../src/local/tools/index.ts";

interface JsonReport {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  readonly numFailedTestSuites: number;
}

const root = join(import.meta.dirname, "..");
const args = process.argv.slice(2);
const long = args.includes("--long");
const stop = new AbortController();
for (const name of ["SIGINT", "SIGTERM"] as const) process.on(name, () => stop.abort(new Error("interrupted")));

/** Argo CD takes minutes to build and only one long test wants it. */
function toolNames(): readonly ToolName[] {
  const filters = args.filter((arg) => !arg.startsWith("-"));
  const wanted = filters.length === 0 || filters.some((filter) => filter.includes("argocd"));
  return long && wanted ? tools.map((tool) => tool.name) : testTools;
}

const progress = tellProgress(
  (line) => console.error(line),
  () => performance.now(),
);
try {
  await installTools({
    names: toolNames(),
    env: process.env,
    signal: stop.signal,
    onProgress: progress.tell,
  });
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exit(1);
} finally {
  progress.stop();
}

const folder = await mkdtemp(join(tmpdir(), "dharma-test-"));
const report = join(folder, "report.json");
const rest = args.filter((arg) => arg !== "--long");
const vitest = spawn(
  process.execPath,
  [
    join(root, "node_modules", "vitest", "vitest.mjs"),
    "run",
    "--reporter=default",
    "--reporter=json",
    `--outputFile.json=${report}`,
    ...rest,
  ],
  { cwd: root, stdio: "inherit", env: { ...process.env, ...(long ? { DHARMA_LONG_TESTS: "1" } : {}) } },
);
const code = await new Promise<number>((resolve) => vitest.on("close", (exit) => resolve(exit ?? 1)));
let exitCode = code;
try {
  const counts = JSON.parse(await readFile(report, "utf8")) as JsonReport;
  const skipped = counts.numPendingTests + counts.numTodoTests;
  const failed = counts.numFailedTests + (counts.numFailedTests === 0 ? counts.numFailedTestSuites : 0);
  if (counts.numPassedTests + failed === 0) exitCode ||= 1;
  console.log(`${counts.numPassedTests} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`);
} catch {
  console.log("The test runner ended without a report.");
  exitCode ||= 1;
} finally {
  await rm(folder, { recursive: true, force: true });
}
process.exit(exitCode);
