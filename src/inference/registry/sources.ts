// From what sources hold to models in slots: read, admitted or refused, opened, handed over.
import type { Clock, Random } from "../../kube/index.ts";
import type { Logger } from "../../runtime/index.ts";
import { createModelHost, type ModelHost } from "../host/host.ts";
import { ModelError } from "../model/errors.ts";
import type { ModelFile } from "../model/folder.ts";
import { admit, type ProbeHost } from "./admit.ts";
import { followSource } from "./follow.ts";
import { type LiveSlot, refusalOf } from "./live-slot.ts";
import type { ModelMetrics } from "./metrics.ts";
import type { ModelLimits } from "./models.ts";
import type { FoundModel, ModelSource } from "./source.ts";
import type { Refusal } from "./status.ts";

export interface SourcesOptions {
  /** The first is the one that is built in: it says what slots take and give. */
  readonly sources: readonly ModelSource[];
  readonly slots: ReadonlyMap<string, LiveSlot>;
  readonly host: ModelHost;
  readonly limits: ModelLimits;
  readonly metrics: ModelMetrics;
  readonly onChange: () => void;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
}

/** What became of what an origin held. */
interface Seen {
  readonly revision: string;
  readonly source: string;
  /** Of the slot it belongs to, as far as that is known. */
  readonly slot: string | undefined;
  /** Of the last model of it that was admitted. */
  readonly digest: string | undefined;
}

export class Sources {
  readonly #options: SourcesOptions;
  readonly #seen = new Map<string, Seen>();
  readonly #refusals = new Map<string, Refusal>();
  readonly #unsettled: Set<string>;
  readonly #settled = Promise.withResolvers<void>();
  /** One admission at a time: they are measured. */
  #turn: Promise<void> = Promise.resolve();
  #asked = Promise.withResolvers<void>();

  constructor(options: SourcesOptions) {
    this.#options = options;
    this.#unsettled = new Set(options.sources.map(({ name }) => name));
  }

  /** Of files that belong to no slot. */
  get refusals(): readonly Refusal[] {
    return [...this.#refusals.values()];
  }

  /** What a slot may take is to be read once more. */
  lookAgain(slot: string): void {
    for (const [origin, seen] of this.#seen) if (seen.slot === slot) this.#seen.delete(origin);
    this.#asked.resolve();
    this.#asked = Promise.withResolvers();
  }

  settled(signal: AbortSignal): Promise<void> {
    return abortable(this.#settled.promise, signal);
  }

  /** Until the signal aborts. */
  async run(signal: AbortSignal, earned: ReadonlySet<string>): Promise<void> {
    const builtInSeen = Promise.withResolvers<void>();
    await Promise.all(
      this.#options.sources.map(async (source, index) => {
        if (index > 0) await abortable(builtInSeen.promise, signal).catch(() => undefined);
        await followSource(
          {
            source,
            clock: this.#options.clock,
            random: this.#options.random,
            asked: (until) => abortable(this.#asked.promise, until),
            onLook: async (found, during) => {
              const isNew = found.filter(({ origin, revision }) => this.#seen.get(origin)?.revision !== revision);
              this.#forget(source, found);
              if (isNew.length > 0) await this.#inTurn(() => this.#takeAll(source, isNew, index === 0, earned, during));
              this.#looked(source);
              if (index === 0) builtInSeen.resolve();
              return isNew.every(({ origin, revision }) => this.#seen.get(origin)?.revision === revision)
                ? "done"
                : "again";
            },
            onFailure: (error) => {
              this.#options.log.warn("models can't be read; what was there stays", { source: source.name, error });
              this.#looked(source);
              if (index === 0) builtInSeen.resolve();
            },
          },
          signal,
        );
      }),
    );
  }

  #looked({ name }: ModelSource): void {
    this.#unsettled.delete(name);
    if (this.#unsettled.size === 0) this.#settled.resolve();
  }

  async #inTurn(work: () => Promise<void>): Promise<void> {
    const mine = this.#turn.then(work);
    this.#turn = mine.catch(() => undefined); // told to the one who waits for it
    await mine;
  }

  /** Withdraws what a source held and holds no more. */
  #forget({ name }: ModelSource, found: readonly FoundModel[]): void {
    const held = new Set(found.map(({ origin }) => origin));
    for (const [origin, seen] of this.#seen) {
      if (seen.source !== name || held.has(origin)) continue;
      this.#seen.delete(origin);
      if (this.#refusals.delete(origin)) this.#options.onChange();
      const isElsewhere = [...this.#seen.values()].some((other) => other.digest === seen.digest);
      if (seen.digest === undefined || seen.slot === undefined || isElsewhere) continue;
      this.#options.slots.get(seen.slot)?.withdraw(seen.digest);
    }
  }

  async #takeAll(
    source: ModelSource,
    found: readonly FoundModel[],
    isBuiltIn: boolean,
    earned: ReadonlySet<string>,
    signal: AbortSignal,
  ): Promise<void> {
    let lastMs = 0;
    const probe = createModelHost({
      clock: this.#options.clock,
      isolation: "process",
      batchDeadlineMs: Math.max(this.#options.limits.batchDeadlineMs, 5_000),
      observe: ({ cpuMs }) => (lastMs = cpuMs),
    });
    try {
      for (const model of found) {
        // oxlint-disable-next-line no-await-in-loop -- one after the other: they are measured
        await this.#take(source, model, { host: probe, lastCpuMs: () => lastMs }, isBuiltIn, earned, signal);
      }
    } finally {
      await probe.close();
    }
  }

  /** Rejects only with the signal's reason. */
  async #take(
    source: ModelSource,
    model: FoundModel,
    probe: ProbeHost,
    isBuiltIn: boolean,
    earned: ReadonlySet<string>,
    signal: AbortSignal,
  ): Promise<void> {
    const { slots, host, log } = this.#options;
    const { origin, revision, slot: place } = model;
    // Variants of the package that nothing scores with are not even read.
    if (isBuiltIn && place !== undefined && !slots.has(place)) {
      this.#seen.set(origin, { revision, source: source.name, slot: place, digest: undefined });
      return;
    }
    let key = place;
    let digest = this.#seen.get(origin)?.digest;
    try {
      const file = await model.load(signal);
      const { manifest } = file;
      const own = `${manifest.name}/${manifest.variant}`;
      if (place !== undefined && own !== place)
        throw new ModelError("WrongShape", `${origin} holds ${own}: put it into a folder of that name`);
      key = own;
      const slot = this.#slotOf(own);
      const gone = slot.goneBecause(manifest.digest);
      if (gone !== undefined)
        throw new ModelError("NotAllowed", `${origin} was let go before (${gone}): give a better one`);
      const held = slot.sessionOf(manifest.digest)?.manifest;
      if (held !== undefined && JSON.stringify(held) !== JSON.stringify(manifest))
        throw new ModelError(
          "NotAllowed",
          `${origin} has the weights of ${held.version}, which is in use: a model takes its place only with weights of its own`,
        );
      if (isBuiltIn) slot.expected ??= manifest;
      await this.#admit(file, slot, probe, isBuiltIn ? Infinity : this.#options.limits.admitMs, signal);
      const entry = { digest: manifest.digest, version: manifest.version, source: origin };
      slot.take(entry, await host.open(file, { signal }), earned.has(manifest.digest) ? "earned" : "new");
      digest = manifest.digest;
      if (this.#refusals.delete(origin)) this.#options.onChange();
    } catch (error) {
      signal.throwIfAborted();
      const refused = error instanceof ModelError ? error : new ModelError("Corrupt", String(error), { cause: error });
      log.warn("model refused; what was there goes on", {
        source: origin,
        reason: refused.problem,
        trouble: refused.message,
      });
      this.#refuse(origin, key, refused);
      if (refused.problem === "Unavailable") return; // looked at again next time
    }
    this.#seen.set(origin, { revision, source: source.name, slot: key, digest });
  }

  #slotOf(key: string): LiveSlot {
    const slot = this.#options.slots.get(key);
    if (slot !== undefined) return slot;
    const known = [...this.#options.slots.keys()].toSorted().join(", ");
    throw new ModelError(
      "NotFound",
      `nothing scores with ${key}: the operator has ${known === "" ? "no slots" : known}`,
    );
  }

  async #admit(
    file: ModelFile,
    { expected, definition }: LiveSlot,
    probe: ProbeHost,
    maxMs: number,
    signal: AbortSignal,
  ): Promise<void> {
    const { limits, log } = this.#options;
    if (expected === undefined)
      throw new ModelError(
        "NotFound",
        `no model is built in for ${definition.name}/${definition.variant}: what it takes is not known`,
      );
    const { p99Ms } = await admit(file, {
      probe,
      expected,
      mayBeAbsent: definition.mayBeAbsent ?? [],
      maxBytes: limits.maxBytes,
      maxMs,
      signal,
    });
    log.info("model admitted", { source: file.source, version: file.manifest.version, p99Ms });
  }

  #refuse(origin: string, key: string | undefined, error: ModelError): void {
    this.#options.metrics.refused(error.problem);
    const slot = key === undefined ? undefined : this.#options.slots.get(key);
    if (slot !== undefined) slot.refuse(origin, error);
    else {
      this.#refusals.set(origin, refusalOf(origin, error, this.#options.clock.now()));
      this.#options.onChange();
    }
  }
}

function abortable(promise: Promise<void>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const onAbort = () => reject(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
  });
}
