// Runs models off the operator's thread: sessions shared, batches split, bounded in time and number.
import type { Clock } from "../../kube/index.ts";
import { ModelError } from "../model/errors.ts";
import type { ModelFile } from "../model/folder.ts";
import type { OpenModel } from "../model/open.ts";
import type { RunOptions, Tensors } from "../model/session.ts";
import { inBatches } from "./batches.ts";
import { Lane, type LaneOptions } from "./lane.ts";
import type { RunCost } from "./messages.ts";
import { type Isolation, startRunner, type StartRunner } from "./runner.ts";
import { type Session, WorkQueue } from "./work.ts";

export interface ModelHostOptions {
  readonly clock: Clock;
  /** Default 1. */
  readonly threads?: number;
  /** Default thread. */
  readonly isolation?: Isolation;
  /** Rows of a batch at most; longer inputs are run one part after the other. Default 512. */
  readonly batchRows?: number;
  /** A batch that takes longer is given up, and its thread replaced. Default 1,000. */
  readonly batchDeadlineMs?: number;
  /** Opening a model; happens once for each on each thread. Default 15,000. */
  readonly openDeadlineMs?: number;
  /** Starting the thread. Default 30,000. */
  readonly startDeadlineMs?: number;
  /** Batches that may wait; more are refused. Default 1,000. */
  readonly waiting?: number;
  /** Hears of each batch that was run. */
  readonly observe?: (batch: BatchObservation) => void;
  /** Hears of threads that were lost, and why. */
  readonly onLost?: (why: string) => void;
  /** Default: real threads and processes. */
  readonly start?: StartRunner;
}

export interface BatchObservation extends RunCost {
  readonly name: string;
  readonly variant: string;
  readonly version: string;
  readonly rows: number;
}

/** Threads that run models. The event loop never waits for one. */
export interface ModelHost {
  /**
   * A session of the model; those of one file and manifest share one. Rejects with ModelError as `openModel` does, with
   * `TooSlow` when opening takes too long and `Unavailable` where no thread can be had.
   *
   * Its `run` leaves the inputs to the caller. It rejects with ModelError `TooSlow` when a batch takes longer than
   * allowed, `Unavailable` when the thread ended, too much waits, or it is closed.
   */
  open(file: ModelFile, options: RunOptions): Promise<OpenModel>;
  /** Lets what runs and waits finish, then ends the threads. What is asked from then on is refused. */
  close(): Promise<void>;
}

/** Threads start when they are first needed. */
export function createModelHost(options: ModelHostOptions): ModelHost {
  return new ThreadHost(options);
}

/** A session with those who hold it: its openers, and its batches on their way. */
interface Shared extends Session {
  users: number;
}

class ThreadHost implements ModelHost {
  readonly #options: ModelHostOptions;
  readonly #queue: WorkQueue;
  readonly #lanes: readonly Lane[];
  readonly #sessions = new Map<string, Shared>();
  #count = 0;

  constructor(options: ModelHostOptions) {
    this.#options = options;
    this.#queue = new WorkQueue(options.waiting ?? 1_000);
    const laneOptions: LaneOptions = {
      clock: options.clock,
      isolation: options.isolation ?? "thread",
      start: options.start ?? startRunner,
      startDeadlineMs: options.startDeadlineMs ?? 30_000,
      openDeadlineMs: options.openDeadlineMs ?? 15_000,
      batchDeadlineMs: options.batchDeadlineMs ?? 1_000,
      onLost: (why) => options.onLost?.(why),
    };
    this.#lanes = Array.from({ length: options.threads ?? 1 }, () => new Lane(this.#queue, laneOptions));
  }

  async open(file: ModelFile, { signal }: RunOptions): Promise<OpenModel> {
    signal.throwIfAborted();
    const key = `${file.manifest.digest} ${JSON.stringify(file.manifest)}`;
    const shared = this.#sessions.get(key) ?? { session: (this.#count += 1), file, users: 0 };
    this.#sessions.set(key, shared);
    shared.users += 1;
    const leave = () => {
      shared.users -= 1;
      if (shared.users > 0) return;
      if (this.#sessions.get(key) === shared) this.#sessions.delete(key);
      for (const lane of this.#lanes) lane.release(shared.session);
    };
    let isOpen = true;
    const close = () => {
      if (isOpen) leave();
      isOpen = false;
    };
    try {
      await this.#queue.open(shared, signal);
    } catch (error) {
      close();
      throw error;
    }
    return {
      manifest: file.manifest,
      run: async (inputs, { signal: during }) => {
        during.throwIfAborted();
        if (!isOpen) throw new ModelError("Unavailable", `${nameOf(file)} was closed before it was run`);
        // A session that is given back while a batch of it waits goes only when that has been answered.
        shared.users += 1;
        try {
          return await this.#run(shared, inputs, during);
        } finally {
          leave();
        }
      },
      close: async () => close(),
    };
  }

  async close(): Promise<void> {
    await this.#queue.close();
    await Promise.all(this.#lanes.map((lane) => lane.close()));
  }

  #run(shared: Shared, inputs: Tensors, signal: AbortSignal): Promise<Tensors> {
    const { name, variant, version } = shared.file.manifest;
    return inBatches(shared.file.manifest, inputs, this.#options.batchRows ?? 512, async (part, rows) => {
      const { outputs, cost } = await this.#queue.run(shared, part, signal);
      this.#options.observe?.({ name, variant, version, rows, ...cost });
      return outputs;
    });
  }
}

const nameOf = ({ manifest: { name, variant, version } }: ModelFile): string => `${name}/${variant} ${version}`;
