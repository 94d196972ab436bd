// Entry of the thread, or process, that runs models: opens sessions and runs batches, one after the other.
import { parentPort, Worker } from "node:worker_threads";
import { ModelError } from "../model/errors.ts";
import { openModel, type OpenModel } from "../model/open.ts";
import type { Tensors } from "../model/session.ts";
import { buffersOf, type FromRunner, type ToRunner } from "./messages.ts";

/** How to answer, and how to hear: a thread's port, or a process's channel. */
interface Line {
  say(message: FromRunner, transfer: ArrayBuffer[]): void;
  hear(handler: (message: ToRunner) => void): void;
  /** Hears nothing any more: what runs here ends when nothing is left to do. */
  close(): void;
}

const sessions = new Map<number, OpenModel>();
const { signal } = new AbortController(); // the other side ends the whole thread
const line = lineOf();
let last: Promise<void> = Promise.resolve();
line.hear((message) => {
  last = last.then(() => handle(message)).catch((error: unknown) => fail(error));
});
line.say({ kind: "ready" }, []);

async function handle(message: ToRunner): Promise<void> {
  if (message.kind === "open") {
    const { session, manifest, bytes, source } = message;
    sessions.set(session, await openModel({ manifest, bytes, source }));
    line.say({ kind: "opened" }, []);
  } else if (message.kind === "run") {
    const model = sessions.get(message.session);
    if (model === undefined) throw new ModelError("Unavailable", "the model was not opened on this thread");
    const began = performance.now();
    const before = process.threadCpuUsage();
    const outputs = owned(await model.run(message.inputs, { signal }));
    const { user, system } = process.threadCpuUsage(before);
    const cost = { wallMs: performance.now() - began, cpuMs: (user + system) / 1_000 };
    line.say({ kind: "answer", outputs, cost }, buffersOf(outputs));
  } else if (message.kind === "release") {
    await release(message.session);
  } else {
    for (const session of sessions.keys()) await release(session);
    line.close();
  }
}

/** Nobody waits for it, and its memory goes with the thread at the latest. */
async function release(session: number): Promise<void> {
  const model = sessions.get(session);
  sessions.delete(session);
  await model?.close().catch(() => undefined);
}

/** Values in buffers of their own: ONNX Runtime may hand out views of what it keeps. */
function owned(tensors: Tensors): Tensors {
  return Object.fromEntries(
    Object.entries(tensors).map(([name, { data, dims }]) => [name, { data: data.slice(), dims: [...dims] }]),
  );
}

function fail(error: unknown): void {
  const problem = error instanceof ModelError ? error.problem : "Unavailable";
  line.say({ kind: "failed", problem, message: error instanceof Error ? error.message : String(error) }, []);
}

function lineOf(): Line {
  if (parentPort !== null) {
    const port = parentPort;
    return {
      say: (message, transfer) => port.postMessage(message, transfer),
      hear: (handler) => void port.on("message", handler),
      close: () => port.close(),
    };
  }
  endWithParent();
  return {
    say: (message) => void process.send?.(message),
    hear: (handler) => void process.on("message", (message) => handler(request(message))),
    close: () => process.disconnect(),
  };
}

/** Ends this process with the one that started it, however that one ended, and even while a model hangs in this thread. */
function endWithParent(): void {
  process.on("disconnect", () => process.exit());
  const watch = `const parent = process.ppid;
    setInterval(() => { if (process.ppid !== parent) process.kill(process.pid, "SIGKILL"); }, 1000);`;
  new Worker(watch, { eval: true, env: {}, execArgv: [] }).unref();
}

function request(message: unknown): ToRunner {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a structured clone of what runner.ts sent
  return message as ToRunner;
}
