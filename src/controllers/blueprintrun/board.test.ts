// Long work belongs to whoever holds the Blueprint: it ends when that is lost, and outlives an API server that is merely away.
import { beforeEach, expect, test } from "vitest";
import type { ObjectKey } from "../../api/index.ts";
import { ManualClock, type OwnershipChange, settled, silentLogger } from "../../runtime/index.ts";
import { aRun } from "../fixtures.ts";
import { createWorkBoard, type WorkBoard } from "./board.ts";

const run = aRun("Apply", undefined);
let clock: ManualClock;
let board: WorkBoard;
let reachable: boolean;
let asked: ObjectKey[];
/** What became of the work. */
let seen: "running" | "aborted" | "ended";
let end: () => void;

beforeEach(() => {
  clock = new ManualClock();
  reachable = true;
  asked = [];
  seen = "running";
  board = createWorkBoard({
    clock,
    log: silentLogger,
    channel: { request: (key) => void asked.push(key), attach: () => {} },
    reachable: async () => reachable,
  });
  board.start(run, "apply", (signal) => {
    return new Promise((resolve, reject) => {
      end = () => {
        seen = "ended";
        resolve();
      };
      signal.addEventListener("abort", () => {
        seen = "aborted";
        reject(signal.reason);
      });
    });
  });
});

function change(kind: OwnershipChange["kind"], uid = run.spec.blueprintRef.uid): OwnershipChange {
  return { kind, concerns: (other) => other === uid };
}

test("work on a Blueprint that was lost to another replica is ended, and the run may be worked on anew", async () => {
  board.onOwnership(change("lost"));
  await clock.advance(60_000);
  expect(seen).toBe("aborted");
  await settled();
  expect(board.isActive(run)).toBe(false);
});

test("work on a Blueprint that comes back goes on", async () => {
  board.onOwnership(change("lost"));
  await clock.advance(5_000);
  board.onOwnership(change("gained"));
  await clock.advance(600_000);
  expect(seen).toBe("running");
});

test("work goes on while nobody can have taken the Blueprint, because the API server is away", async () => {
  reachable = false;
  board.onOwnership(change("lost"));
  await clock.advance(300_000);
  expect(seen).toBe("running");
  reachable = true;
  await clock.advance(60_000);
  expect(seen).toBe("aborted");
});

test.each([
  ["another Blueprint was lost", change("lost", "uid-of-another")],
  ["the Blueprint is handed over in order", change("handedOver")],
] as const)("work goes on when %s", async (_when, told) => {
  board.onOwnership(told);
  await clock.advance(600_000);
  expect(seen).toBe("running");
});

test("work that ends by itself after a loss asks for a pass, and nothing waits for it any more", async () => {
  board.onOwnership(change("lost"));
  await clock.advance(1_000);
  end();
  await settled();
  expect(asked).toEqual([{ namespace: run.metadata.namespace, name: run.metadata.name }]);
  expect(clock.nextWake).toBeUndefined();
});

test("shutdown awaits work, also such as is being given up", async () => {
  board.onOwnership(change("lost"));
  const over = new AbortController();
  const ended = board.task.run(over.signal);
  over.abort();
  await ended;
  expect(seen).toBe("aborted");
});
