// `npm start`: the main job on this machine. Ctrl-C once ends everything in order.
import { writeFile } from "node:fs/promises";
import { systemClock } from "../../kube/index.ts";
import { tellStory } from "./demo.ts";
import { startInBackground, toldFile } from "./keep.ts";
import { createNarrator } from "./narrator.ts";
import { parseStartOptions, startHelp, type StartOptions } from "./options.ts";
import { type Session, startSession } from "./session.ts";
import type { Screen } from "./view.ts";

const screen: Screen = {
  isTTY: process.stdout.isTTY,
  get width() {
    return process.stdout.columns ?? 160;
  },
  write: (text) => void process.stdout.write(text),
};

async function main(args: readonly string[]): Promise<number> {
  let options: StartOptions | "help";
  try {
    options = parseStartOptions(args);
  } catch (error) {
    console.error(`${messageOf(error)}\n\n${startHelp}`);
    return 2;
  }
  if (options === "help") {
    console.log(startHelp);
    return 0;
  }
  const stop = new AbortController();
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
    process.on(name, () => stop.abort(new Error("interrupted")));
  if (options.keep) return startInBackground(args, stop.signal);
  return run(options, stop.signal);
}

async function run(options: StartOptions, signal: AbortSignal): Promise<number> {
  const tell = createNarrator(screen, systemClock);
  tell.line("Dharma on this machine: a control plane, a simulated cloud and the operator\n");
  let session: Session | undefined;
  // The programs started here don't hold the event loop, and waiting for Ctrl-C doesn't either.
  const alive = setInterval(() => undefined, 60_000);
  try {
    session = await startSession(options, tell, signal);
    if (options.demo) await tellStory(session, screen, tell, signal);
    tell.line(farewell(session, options));
    if (options.folder !== undefined) await writeFile(toldFile(options.folder), JSON.stringify({ pid: process.pid }));
    const ended = await Promise.race([session.operatorEnded, untilAborted(signal)]);
    if (ended === undefined) return 0;
    console.error(`The operator ended by itself (${ended}); its log is ${session.operatorLog}.`);
    return 1;
  } catch (error) {
    if (signal.aborted) return 130;
    console.error(`\n${messageOf(error)}`);
    return 1;
  } finally {
    if (session !== undefined) {
      tell.line("\nStopping: the operator first, then the control plane.");
      await session.end();
      tell.line("Nothing is left running.");
    }
    clearInterval(alive);
  }
}

function farewell(session: Session, options: StartOptions): string {
  const context = session.context === undefined ? "" : ` --context ${session.context}`;
  return [
    "",
    "It is yours now. In another terminal:",
    "",
    `  export KUBECONFIG=${session.kubeconfigPath}`,
    `  kubectl${context} get dharma -A                 # everything, at a glance`,
    `  kubectl${context} describe blueprint -n default # why it is as it is`,
    `  bin/dharma explain web-shop-aws -n default # the same, with what to do next`,
    `  bin/dharma policy report -A                # how far everything complies, and what fails`,
    `  curl ${session.cloudControl}/resources          # the simulated cloud; PATCH or DELETE /resources/ID to break something`,
    "",
    `The operator's log: ${session.operatorLog}`,
    options.folder === undefined ? "Ctrl-C ends everything." : "",
  ].join("\n");
}

const untilAborted = (signal: AbortSignal): Promise<undefined> =>
  new Promise((resolve) => {
    if (signal.aborted) return resolve(undefined);
    signal.addEventListener("abort", () => resolve(undefined), { once: true });
  });

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

process.exitCode = await main(process.argv.slice(2));
process.exit();
