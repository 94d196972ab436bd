import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { describe, expect, it } from "vitest";

function run(...args: readonly string[]) {
  return spawn(process.execPath, [path.join(import.meta.dirname, "main.ts"), ...args], {
    stdio: ["ignore", "pipe", "pipe"],
  });
}

describe("the standalone process", () => {
  it("prints its addresses on one line and ends on SIGTERM", { timeout: 60_000 }, async () => {
    const child = run();
    const [line] = (await once(child.stdout, "data")) as [Buffer];
    const told: unknown = JSON.parse(line.toString());
    expect(told).toMatchObject({
      control: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
      debugProviders: expect.stringMatching(/^aws:\d+,azure-native:\d+,gcp:\d+$/),
    });
    child.kill("SIGTERM");
    expect(await once(child, "exit")).toEqual([0, null]);
  });

  it("refuses a bad flag with its usage", { timeout: 60_000 }, async () => {
    const child = run("--control-port", "many");
    const chunks: string[] = [];
    child.stderr.on("data", (chunk: Buffer) => chunks.push(chunk.toString()));
    expect(await once(child, "exit")).toEqual([1, null]);
    expect(chunks.join("")).toContain("--control-port must be a port");
  });
});
