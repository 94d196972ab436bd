// One thread and its life: started when there is work, given one piece at a time, replaced when it is late or lost.
import { type Clock } from "../../kube/index.ts";
import { backoffMs } from "../../runtime/index.ts";
import { ModelError } from "../model/errors.ts";
import type { FromRunner, ToRunner } from "./messages.ts";
import type { Isolation, Runner, StartRunner } from "./runner.ts";
import type { Answer, Session, Work, Worker, WorkQueue } from "./work.ts";

export interface LaneOptions {
  readonly clock: Clock;
  readonly isolation: Isolation;
  readonly start: StartRunner;
  readonly startDeadlineMs: number;
  readonly openDeadlineMs: number;
  readonly batchDeadlineMs: number;
  readonly onLost: (why: string) => void;
}

/** The first replacement comes at once; then threads that fail in a row wait for longer and longer. */
const restarts = { baseMs: 200, maxMs: 30_000 };
/** A rest this long is waited for; during a longer one work is refused. */
const shortRestMs = 1_000;
/** Threads that were given up and still run: no other is started beside as many, since each takes a processor. */
const mostGivenUp = 2;
/** How long closing waits for threads that were given up but are still in native code. */
const lastWaitMs = 2_000;

export class Lane implements Worker {
  readonly #queue: WorkQueue;
  readonly #options: LaneOptions;
  readonly #opened = new Set<number>();
  readonly #ending = new Set<Promise<void>>();
  readonly #lifetime = new AbortController();
  #runner: Runner | undefined;
  /** Waits for the runner's next word. */
  #listen: ((heard: Heard) => void) | undefined;
  #isWorking = false;
  #failures = 0;
  #away: string | undefined;

  constructor(queue: WorkQueue, options: LaneOptions) {
    this.#queue = queue;
    this.#options = options;
    queue.join(this);
  }

  get away(): string | undefined {
    return this.#away;
  }

  wake(): void {
    if (this.#isWorking) return;
    this.#isWorking = true;
    void this.#work();
  }

  /** Lets go of a session, once what was asked before has been done. */
  release(session: number): void {
    if (this.#opened.delete(session)) this.#runner?.send({ kind: "release", session });
  }

  /** To be called when nothing is asked any more. */
  async close(): Promise<void> {
    this.#lifetime.abort(new ModelError("Unavailable", "the model host is closed"));
    this.#drop();
    const patience = new AbortController();
    const waited = this.#options.clock.sleep(lastWaitMs, patience.signal).catch(() => undefined);
    await Promise.race([Promise.all(this.#ending), waited]);
    patience.abort(new Error("the threads have ended"));
  }

  /** Does what there is to do. Never rejects. */
  async #work(): Promise<void> {
    for (;;) {
      const work = this.#queue.take();
      if (work === undefined) {
        this.#isWorking = false; // in the same turn, so that nothing asked from now on is missed
        return;
      }
      // oxlint-disable-next-line no-await-in-loop -- one piece after the other
      await this.#do(work).catch((error: unknown) => work.reject(error));
      // oxlint-disable-next-line no-await-in-loop -- see above
      if (this.#failures > 1 || this.#ending.size >= mostGivenUp) await this.#rest();
    }
  }

  async #do(work: Work): Promise<void> {
    if (this.#runner === undefined) await this.#start();
    await this.#open(work.session);
    if (work.kind === "open") work.resolve();
    else work.resolve(await this.#run(work.session, work.inputs));
    this.#failures = 0;
  }

  async #start(): Promise<void> {
    const { start, isolation, startDeadlineMs } = this.#options;
    const heard = this.#next(startDeadlineMs);
    this.#runner = start(isolation, {
      message: (message) => this.#listen?.(message),
      ended: (why) => this.#onEnd(why),
    });
    const said = await heard;
    if (said.kind === "ready") return;
    if (said.kind === "late") this.#lose(`it did not start within ${startDeadlineMs} ms`);
    const why = said.kind === "lost" ? said.why : `not within ${startDeadlineMs} ms`;
    throw new ModelError("Unavailable", `the thread that runs models did not start: ${why}`);
  }

  async #open({ session, file: { manifest, bytes, source } }: Session): Promise<void> {
    if (this.#opened.has(session)) return;
    const message: ToRunner = { kind: "open", session, manifest, bytes: new Uint8Array(bytes), source };
    const heard = await this.#call(message, this.#options.openDeadlineMs, `opening ${source}`);
    if (heard.kind === "opened") this.#opened.add(session);
  }

  async #run({ session, file: { manifest } }: Session, inputs: Answer["outputs"]): Promise<Answer> {
    const what = `a batch of ${manifest.name}/${manifest.variant} ${manifest.version}`;
    const heard = await this.#call({ kind: "run", session, inputs }, this.#options.batchDeadlineMs, what);
    if (heard.kind === "answer") return heard;
    throw new ModelError("Unavailable", `${what} was answered by ${heard.kind}`);
  }

  /** Says something and hears the answer. Rejects with the ModelError it fails with, for whatever reason. */
  async #call(message: ToRunner, deadlineMs: number, what: string): Promise<FromRunner> {
    const heard = this.#next(deadlineMs);
    this.#runner?.send(message);
    const answer = await heard;
    if (answer.kind === "failed") throw new ModelError(answer.problem, answer.message);
    if (answer.kind === "late") {
      this.#lose(`${what} took longer than ${deadlineMs} ms`);
      throw new ModelError("TooSlow", `${what} took longer than ${deadlineMs} ms and was given up`);
    }
    if (answer.kind === "lost") {
      throw new ModelError("Unavailable", `the thread that ran ${what} ended: ${answer.why}`);
    }
    return answer;
  }

  /** The runner's next word, or that it is late or lost. */
  #next(deadlineMs: number): Promise<Heard> {
    return new Promise((resolve) => {
      const timer = new AbortController();
      const listen = (heard: Heard): void => {
        if (this.#listen !== listen) return;
        this.#listen = undefined;
        timer.abort(answered);
        resolve(heard);
      };
      this.#listen = listen;
      this.#options.clock.sleep(deadlineMs, timer.signal).then(
        // Where this thread was busy itself, the answer may be here already: it is heard first.
        () => setImmediate(() => listen({ kind: "late" })),
        () => undefined,
      );
    });
  }

  #onEnd(why: string): void {
    const listen = this.#listen;
    this.#lose(why);
    listen?.({ kind: "lost", why });
  }

  #lose(why: string): void {
    this.#failures += 1;
    this.#drop();
    this.#options.onLost(why);
  }

  #drop(): void {
    const runner = this.#runner;
    this.#runner = undefined;
    this.#opened.clear();
    if (runner === undefined) return;
    const ending = runner.end().finally(() => this.#ending.delete(ending));
    this.#ending.add(ending);
  }

  async #rest(): Promise<void> {
    const { clock } = this.#options;
    const { signal } = this.#lifetime;
    const ms = this.#failures > 1 ? backoffMs(restarts, this.#failures - 1) : 0;
    if (ms > shortRestMs)
      this.#goAway(
        `the thread that runs models failed ${this.#failures} times in a row: it is tried again within ${Math.ceil(ms / 1_000)} s`,
      );
    await clock.sleep(ms, signal).catch(() => undefined);
    while (this.#ending.size >= mostGivenUp && !signal.aborted) {
      this.#goAway(
        `${this.#ending.size} threads hang in models that were given up: restart the operator without those models`,
      );
      const patience = new AbortController();
      const slept = clock.sleep(shortRestMs, AbortSignal.any([signal, patience.signal])).catch(() => undefined);
      // oxlint-disable-next-line no-await-in-loop -- until one has ended
      await Promise.race([...this.#ending, slept]);
      patience.abort(answered);
    }
    this.#away = undefined;
  }

  #goAway(why: string): void {
    this.#away = why;
    this.#queue.refuseIfAllAway();
  }
}

type Heard = FromRunner | { readonly kind: "late" } | { readonly kind: "lost"; readonly why: string };

/** An abort without a reason makes an error with its stack each time. */
const answered = new Error("answered in time");
