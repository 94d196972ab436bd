// The worker process: reads one job from stdin, runs it, answers on file descriptor 3, and never outlives its pool.
import { isChange } from "../plan/step.ts";
import { createWriteStream } from "node:fs";
import type { EngineEvent } from "@pulumi/pulumi/automation/index.js";
import { isEngineOnly, nameOfUrn } from "../plan/events.ts";
import { CliFailure } from "./cli.ts";
import { runEngine } from "./engine.ts";
import { clean, failureFrom } from "./failure.ts";
import type { OperationEvent, OperationResult } from "./job.ts";
import { createLifeline, type EndReason, type Lifeline } from "./lifeline.ts";
import { createMask } from "./mask.ts";
import { Refusal } from "./refusal.ts";
import { ANSWER_FD, type Answer, lineReader, type Order } from "./wire.ts";

const answers = createWriteStream("", { fd: ANSWER_FD });
const say = (answer: Answer) => answers.write(`${JSON.stringify(answer)}\n`);

const orders = { lifeline: undefined as Lifeline | undefined, ended: undefined as EndReason | undefined };
const stop = (reason: EndReason) => {
  orders.ended ??= reason;
  orders.lifeline?.end(reason);
  // Without a job there is nothing to interrupt.
  if (orders.lifeline === undefined) process.exit(1);
};

process.stdin.setEncoding("utf8");
process.stdin.on(
  "data",
  lineReader((line) => {
    const order: Order = JSON.parse(line);
    if (order.kind === "cancel") stop("cancelled");
    else void start(order);
  }),
);
// The pool holds the other end open for life: its end is the pool's end, however that came.
process.stdin.on("end", () => stop("parentGone"));
process.stdin.on("error", () => stop("parentGone"));
process.on("SIGTERM", () => stop("cancelled"));
process.on("SIGINT", () => stop("cancelled"));

async function start({ job, setup }: Extract<Order, { kind: "run" }>): Promise<void> {
  const lifeline = createLifeline({ graceMs: setup.graceMs, deadlineMs: job.deadlineMs, folder: setup.folder });
  orders.lifeline = lifeline;
  const mask = createMask(job);
  const diagnostics: { message: string; resource?: string }[] = [];
  const touched = { any: false };
  const onEvent = (event: EngineEvent) => {
    const told = progress(event, mask);
    if (told === undefined) return;
    if (told.kind === "diagnostic" && told.severity === "error") {
      diagnostics.push({
        message: told.message,
        ...(told.urn === undefined || told.urn === "" ? {} : { resource: nameOfUrn(told.urn) }),
      });
    }
    if (told.kind === "stepStarted" && isChange(told)) touched.any = true;
    say({ kind: "event", event: told });
  };
  let result: OperationResult;
  try {
    result = await runEngine({ job, setup, lifeline, onEvent, signal: new AbortController().signal });
  } catch (error) {
    const text = mask(clean(error instanceof CliFailure ? `${error.message}\n${error.output}` : String(error)));
    const changes = job.request.kind === "apply" || job.request.kind === "destroy" || job.request.kind === "import";
    const partial = changes && touched.any;
    result = {
      kind: "failed",
      failure:
        error instanceof Refusal
          ? { reason: error.reason, action: error.action, message: mask(error.message), partial }
          : failureOf(lifeline.ending, diagnostics, text, partial),
    };
  }
  lifeline.release();
  say({ kind: "result", result });
  answers.end(() => process.exit(0));
}

function failureOf(
  ending: EndReason | undefined,
  diagnostics: readonly { readonly message: string; readonly resource?: string }[],
  text: string,
  partial: boolean,
) {
  if (ending === "cancelled") {
    return { reason: "Cancelled", action: "giveUp", message: "the operation was interrupted", partial } as const;
  }
  if (ending === "deadline") {
    const message = "the operation took longer than it may and was interrupted";
    return { reason: "DeadlineExceeded", action: "retry", message, partial } as const;
  }
  return failureFrom(diagnostics, text, partial);
}

function progress(event: EngineEvent, mask: (text: string) => string): OperationEvent | undefined {
  const { resourcePreEvent, resOutputsEvent, resOpFailedEvent, diagnosticEvent } = event;
  const step = resourcePreEvent ?? resOutputsEvent ?? resOpFailedEvent;
  if (step !== undefined) {
    const { op, urn, type } = step.metadata;
    if (isEngineOnly(type)) return undefined;
    const kind =
      resourcePreEvent !== undefined ? "stepStarted" : resOutputsEvent !== undefined ? "stepDone" : "stepFailed";
    return { kind, op, urn, type, name: nameOfUrn(urn) };
  }
  if (diagnosticEvent === undefined || diagnosticEvent.ephemeral === true) return undefined;
  const severity = diagnosticEvent.severity === "info#err" ? "info" : diagnosticEvent.severity;
  const message = mask(clean(diagnosticEvent.message));
  if (message === "") return undefined;
  const urn = diagnosticEvent.urn ?? "";
  return { kind: "diagnostic", severity, message, ...(urn === "" ? {} : { urn }) };
}
