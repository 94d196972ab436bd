// Which spec a rollback builds: the newest that was good, but the one it goes back from.
import { expect, test } from "vitest";
import type { BlueprintRun } from "../../api/index.ts";
import { aBlueprint, aRun } from "../fixtures.ts";
import { blueprintToBuild, keepGood } from "./last-good.ts";

const { signal } = new AbortController();

function store() {
  const kept = new Map<string, Uint8Array>();
  return {
    putArtifact: async (_stack: unknown, name: string, bytes: Uint8Array) => void kept.set(name, bytes),
    getArtifact: async (_stack: unknown, name: string) => kept.get(name),
  };
}

const specIn = (region: string) => aBlueprint({ region });
const applied = (inputs: string): BlueprintRun => aRun("Apply", undefined, { inputs });
const back = (inputs: string): BlueprintRun => aRun("Rollback", undefined, { inputs });

test("a rollback from a change that failed builds what was applied last", async () => {
  const state = store();
  await keepGood(applied("one"), specIn("eu-west-1"), state, signal);
  await keepGood(applied("two"), specIn("eu-west-2"), state, signal);
  const built = await blueprintToBuild(back("three"), specIn("eu-west-3"), state, signal);
  expect(built?.spec.region).toBe("eu-west-2");
});

test("a rollback from a change that went well builds what was applied before it, also after that was healed", async () => {
  const state = store();
  await keepGood(applied("one"), specIn("eu-west-1"), state, signal);
  await keepGood(applied("two"), specIn("eu-west-2"), state, signal);
  await keepGood(applied("two"), specIn("eu-west-2"), state, signal);
  expect((await blueprintToBuild(back("two"), specIn("eu-west-2"), state, signal))?.spec.region).toBe("eu-west-1");
  await keepGood(back("two"), specIn("eu-west-1"), state, signal);
  expect((await blueprintToBuild(back("three"), specIn("eu-west-3"), state, signal))?.spec.region).toBe("eu-west-1");
});

test("without an earlier spec there is nothing to build", async () => {
  const state = store();
  expect(await blueprintToBuild(back("one"), specIn("eu-west-1"), state, signal)).toBeUndefined();
  await keepGood(applied("one"), specIn("eu-west-1"), state, signal);
  expect(await blueprintToBuild(back("one"), specIn("eu-west-1"), state, signal)).toBeUndefined();
});

test("everything but a rollback builds the Blueprint as it is", async () => {
  const state = store();
  const now = specIn("eu-north-1");
  expect(await blueprintToBuild(applied("one"), now, state, signal)).toBe(now);
});
