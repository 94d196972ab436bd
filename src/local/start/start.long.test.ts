// `npm start` as a person runs it: a process of its own, waited for, interrupted.
import { spawn } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";

test("it builds, breaks and heals, then waits, and Ctrl-C leaves nothing running", { timeout: 600_000 }, async () => {
  const child = spawn(process.execPath, [join(import.meta.dirname, "main.ts")], { stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString("utf8")));
  child.stderr.on("data", (chunk: Buffer) => (output += chunk.toString("utf8")));
  const ended = new Promise<number | null>((resolve) => child.once("exit", (code) => resolve(code)));
  await expect.poll(() => output, { timeout: 500_000, interval: 500 }).toContain("Ctrl-C ends everything.");
  expect(output).toContain("Every Blueprint is Ready");
  expect(output).toMatch(/Healed after \d+ s/);
  await new Promise((resolve) => setTimeout(resolve, 3_000));
  expect(child.exitCode).toBeNull();
  child.kill("SIGINT");
  expect(await ended).toBe(0);
  expect(output).toContain("Nothing is left running.");
});
