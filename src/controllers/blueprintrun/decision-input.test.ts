// What is kept of a decision: the text and its proof, bounded in size and number.
import { randomBytes } from "node:crypto";
import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { keptDigest, readKept } from "../../policy/index.ts";
import { StateError } from "../../provision/state/index.ts";
import { aRun } from "../fixtures.ts";
import { keepDecisionInput, maxKeptBytes, maxKeptInputs } from "./decision-input.ts";

const signal = new AbortController().signal;

/** Artifacts of one stack, in the order they were made. */
function stackWith(names: readonly string[] = []) {
  const artifacts = new Map<string, Uint8Array>(names.map((name) => [name, new Uint8Array()]));
  return {
    artifacts,
    find: async () => ({ artifacts: [...artifacts.keys()] }) as never,
    putArtifact: async (_stack: unknown, name: string, bytes: Uint8Array) => void artifacts.set(name, bytes),
    deleteArtifacts: async (_stack: unknown, gone: readonly string[]) => gone.forEach((name) => artifacts.delete(name)),
  };
}

const run = aRun("Apply", undefined, {}, { uid: "u1" });

describe("the input of a decision", () => {
  test("is kept whole under the run's name, with the digest that proves it", async () => {
    const stack = stackWith();
    const digest = await keepDecisionInput(run, '{"a":1}', stack, signal);
    const kept = readKept(JSON.parse(gunzipSync(stack.artifacts.get("run.u1.decision") ?? "").toString()));
    expect(kept).toMatchObject({ point: "Plan", text: '{"a":1}' });
    expect(kept && keptDigest(kept)).toBe(digest);
    expect(kept && keptDigest({ ...kept, text: '{"a":2}' })).not.toBe(digest);
  });

  test("has another digest each time, so that nobody can try guesses against it", async () => {
    const first = await keepDecisionInput(run, "{}", stackWith(), signal);
    expect(await keepDecisionInput(run, "{}", stackWith(), signal)).not.toBe(first);
  });

  test("that is too large is not kept, and nothing else is lost by it", async () => {
    const stack = stackWith(["good"]);
    const noise = randomBytes(maxKeptBytes).toString("base64");
    expect(await keepDecisionInput(run, noise, stack, signal)).toBeUndefined();
    expect([...stack.artifacts.keys()]).toEqual(["good"]);
  });

  test("for which the stack has no room is not kept either; another failure is told", async () => {
    const failing = (kind: "tooLarge" | "unavailable") => ({
      ...stackWith(),
      putArtifact: () => Promise.reject(new StateError(kind, "no")),
    });
    expect(await keepDecisionInput(run, "{}", failing("tooLarge"), signal)).toBeUndefined();
    await expect(keepDecisionInput(run, "{}", failing("unavailable"), signal)).rejects.toThrow("no");
  });

  test("makes room by letting the oldest go, and never anything else", async () => {
    const old = Array.from({ length: maxKeptInputs }, (_, index) => `run.old${index}.decision`);
    const stack = stackWith(["good", ...old, "run.old0.steps"]);
    await keepDecisionInput(run, "{}", stack, signal);
    expect([...stack.artifacts.keys()]).toEqual(["good", ...old.slice(1), "run.old0.steps", "run.u1.decision"]);
    await keepDecisionInput(run, "{}", stack, signal); // the same pass once more
    expect(stack.artifacts.size).toBe(maxKeptInputs + 2);
  });
});
