// Queue, controller, leases and shards under seeded interleavings of changes, failures, restarts, kills and moves: no lost
// update, no key worked on twice at once. A failing seed is in the message; DHARMA_SIM_SEED=N runs that one alone.
import { expect, test } from "vitest";
import { seededRandom } from "../../test/support/seeded-random.ts";
import { type SimReplica, startSimReplica } from "../../test/support/sim-replica.ts";
import { createSimServer } from "../../test/support/sim-server.ts";
import type { KubeObject, ResourceType } from "../api/object.ts";
import { storeKey } from "./cache.ts";
import { ManualClock } from "./manual-clock.ts";
import { retry, terminal, waitForInput } from "./outcome.ts";
import type { Reconcile } from "./reconcile.ts";

interface Widget extends KubeObject {
  readonly spec: { readonly value: number };
  readonly status?: { readonly value: number; readonly passes: number };
}
const widgets: ResourceType<Widget> = {
  group: "sim",
  version: "v1",
  kind: "Widget",
  plural: "widgets",
  namespaced: true,
};
const storageName = "sim/widgets";

/** Watches all replicas at once, as nobody in a real cluster can. */
class Witness {
  readonly #working = new Map<string, string>();
  readonly #dead = new Set<string>();
  readonly #acknowledged = new Map<string, number>();
  /** What must never be. Kept here, since whatever a pass throws is only a failed pass to the runtime. */
  readonly violations: string[] = [];
  passes = 0;

  /** Notes double work; the returned function ends the pass. */
  enter(key: string, replica: string): () => void {
    const other = this.#working.get(key);
    if (other !== undefined) this.violations.push(`${key} is worked on by ${other} and ${replica}`);
    this.#working.set(key, replica);
    this.passes += 1;
    return () => {
      if (this.#working.get(key) === replica) this.#working.delete(key);
    };
  }

  /** A pass must see what an earlier pass of the same replica wrote and had acknowledged. */
  sees(id: string, version: number): void {
    const written = this.#acknowledged.get(id) ?? 0;
    if (version < written) this.violations.push(`${id} does not see its own write: ${version} instead of ${written}`);
  }

  wrote(id: string, version: number): void {
    this.#acknowledged.set(id, version);
  }

  /** A hand-over waits for passes in flight: none is ever cut short by the release of its shard. */
  stopped(replica: string, signal: AbortSignal): void {
    if (this.#dead.has(replica) || !signal.aborted) return;
    if (String(signal.reason).includes("it was released")) this.violations.push(`a pass of ${replica} was cut short`);
  }

  /** What a dead process was working on is worked on no more. */
  died(replica: string): void {
    this.#dead.add(replica);
    for (const [key, who] of this.#working) if (who === replica) this.#working.delete(key);
  }
}

async function simulate(seed: number): Promise<number> {
  const random = seededRandom(seed);
  const clock = new ManualClock();
  const server = createSimServer({ clock, random, faultChance: random() * 0.1, latencyMs: 5 + random() * 400 });
  const witness = new Witness();
  let troubled = true;
  let started = 0;

  const reconcile =
    (identity: string): Reconcile<Widget> =>
    async (widget, ctx) => {
      // By UID: an object made anew under the same name is another one, may belong to another shard, and what an old
      // pass still writes is refused for its UID.
      const key = `${storeKey(ctx.key)} ${widget.metadata.uid}`;
      const id = `${identity} ${widget.metadata.uid}`;
      const leave = witness.enter(key, identity);
      try {
        const passes = widget.status?.passes ?? 0;
        witness.sees(id, Number(widget.metadata.resourceVersion));
        await ctx.clock.sleep(random() * (random() < 0.2 ? 30_000 : 500), ctx.signal);
        if (troubled && random() < 0.2) {
          const roll = random();
          if (roll < 0.3) throw retry("Busy", "again", { afterMs: 50 });
          if (roll < 0.6) throw new TypeError("a defect");
          // Not retried before the next change or resync, so only for what will change again: see `touch` below.
          if (roll < 0.65) throw waitForInput("Missing", "something");
          if (roll < 0.7) throw terminal("Broken", "for good");
          throw new Error("a failure");
        }
        if (passes >= 1 && widget.status?.value === widget.spec.value) return { requeueAfter: 60_000 };
        // Written here rather than by the runtime, so that the witness knows when it was acknowledged.
        const status = { value: widget.spec.value, passes: passes + 1 };
        const { name, namespace = "", uid = "" } = widget.metadata;
        const body = { apiVersion: "sim/v1", kind: "Widget", metadata: { name, namespace, uid }, status };
        const written = await ctx.kube.apply(widgets, body, {
          fieldManager: "sim",
          subresource: "status",
          signal: ctx.signal,
        });
        witness.wrote(id, Number(written.metadata.resourceVersion));
        return random() < 0.4 ? { requeueAfter: 0 } : {};
      } catch (error) {
        witness.stopped(identity, ctx.signal);
        throw error;
      } finally {
        leave();
      }
    };

  const start = (): SimReplica => {
    started += 1;
    const identity = `replica-${started}`;
    const parts = { kube: server.kube, clock, random, type: widgets, shards: 4 };
    return startSimReplica({ ...parts, identity, reconcile: reconcile(identity) });
  };

  const touch = (name: string, value: number): void => {
    const key = `ns/${name}`;
    const held = server.storage.get(storageName, key);
    const metadata = {
      name,
      namespace: "ns",
      uid: held?.metadata.uid ?? `${name}-${value}`,
      generation: (held?.metadata.generation ?? 0) + 1,
    };
    const status = held?.status;
    server.storage.write(storageName, key, {
      apiVersion: "sim/v1",
      kind: "Widget",
      metadata,
      spec: { value },
      ...(status === undefined ? {} : { status }),
    });
  };

  const replicas: SimReplica[] = [start()];
  const ending: Promise<void>[] = [];
  const turns = 15 + Math.floor(random() * 25);
  for (let turn = 0; turn < turns; turn += 1) {
    const roll = random();
    const name = `w${Math.floor(random() * 8)}`;
    if (roll < 0.6) touch(name, turn);
    else if (roll < 0.68) server.storage.write(storageName, `ns/${name}`, undefined);
    else if (roll < 0.76 && replicas.length < 3) replicas.push(start());
    else if (roll < 0.82) {
      const [victim] = replicas.splice(Math.floor(random() * replicas.length), 1);
      if (victim) {
        witness.died(victim.identity);
        ending.push(victim.kill());
      }
    } else if (roll < 0.88 && replicas.length > 1) {
      const [leaver] = replicas.splice(0, 1);
      if (leaver) ending.push(leaver.leave());
    } else if (roll < 0.95) {
      replicas[Math.floor(random() * replicas.length)]?.cutOff(random() * 60_000);
    } else server.restart(random() * 15_000, "kept");
    if (replicas.length === 0) replicas.push(start());
    await clock.advance(Math.floor(random() * (random() < 0.3 ? 20_000 : 800)));
  }

  troubled = false;
  server.calm();
  // Whoever waited for input gets it: one last change of everything.
  for (const object of server.storage.all(storageName)) touch(object.metadata.name, turns);
  // The longest from here: a lease of a dead replica, its announcement, backoff, a dead stream.
  const settledAt = clock.monotonic() + 240_000;
  const isSettled = (): boolean =>
    [...server.objects(widgets).values()].every((object) => statusOf(object)?.value === turns) &&
    replicas.flatMap((replica) => replica.held).length === 4;
  do await clock.advance(5000);
  while (!isSettled() && clock.monotonic() < settledAt);
  for (const object of server.objects(widgets).values()) {
    expect(statusOf(object)?.value, `${object.metadata.name} was not brought up to date`).toBe(turns);
  }
  const shards = replicas.flatMap((replica) => replica.held).toSorted((a, b) => a - b);
  expect(shards, "each shard is held once").toEqual([0, 1, 2, 3]);

  const left = Promise.all(replicas.map((replica) => replica.leave()));
  await clock.advance(60_000);
  await Promise.all([left, ...ending]);
  expect(witness.violations).toEqual([]);
  expect(clock.nextWake, "nothing sleeps on").toBeUndefined();
  return witness.passes;
}

function statusOf(object: KubeObject): { readonly value?: unknown } | undefined {
  const status: unknown = Reflect.get(object, "status");
  return typeof status === "object" && status !== null ? status : undefined;
}

const only = process.env["DHARMA_SIM_SEED"];
/** `npm run test:long` runs many more (engine-simulation.long.test.ts). */
const count = Number(process.env["DHARMA_SIM_SEEDS"] ?? 80);
const seeds = only === undefined ? Array.from({ length: count }, (_, seed) => seed) : [Number(only)];

test("no update is lost and no key is worked on twice at once, whatever happens in whatever order", async () => {
  let passes = 0;
  for (const seed of seeds) {
    try {
      passes += await simulate(seed);
    } catch (error) {
      throw new Error(`seed ${seed} fails; DHARMA_SIM_SEED=${seed} runs it alone`, { cause: error });
    }
  }
  if (only === undefined) expect(passes).toBeGreaterThan(10 * seeds.length);
}, 3_600_000);
