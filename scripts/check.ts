// The static checks: types, lint, format, generated files. Each runs even when another fails; the exit code tells.
import { spawnSync } from "node:child_process";
import { join } from "node:path";

const root = join(import.meta.dirname, "..");
const checks: readonly (readonly [name: string, ...command: string[]])[] = [
  ["types", "tsc", "-p", "."],
  ["lint and import direction", "oxlint", "--type-aware", "--deny-warnings"],
  ["format", "oxfmt", "--check", "."],
  ["generated files", "node", "scripts/generate.ts", "--check"],
];
let failed = 0;
for (const [name, program = "", ...args] of checks) {
  const started = performance.now();
  const { status, stdout, stderr } = spawnSync(program, args, { cwd: root, encoding: "utf8", maxBuffer: 1 << 26 });
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(`${status === 0 ? "ok    " : "FAILED"} ${name} (${seconds} s)`);
  if (status !== 0) {
    failed++;
    console.log(`${stdout}${stderr}`.trim());
  }
}
process.exit(failed === 0 ? 0 : 1);
