// What happened to a stack: at most 50 updates, the newest with their configuration and last events.
import type { EngineEvent } from "./events.ts";
import { isObject } from "./deployment.ts";
import type { UpdateSummary } from "./stack.ts";

/** What is known when an update starts. `startTime` is milliseconds since 1970. */
export interface UpdateInfo {
  readonly startTime: number;
  readonly holder: string;
  readonly message: string;
  readonly environment: Readonly<Record<string, string>>;
  /** apitype.ConfigValue by key; secrets are ciphertext. */
  readonly config: Readonly<Record<string, unknown>>;
  /** `v3.250.0` */
  readonly engineVersion: string;
}

export interface HistoryRecord extends UpdateSummary {
  readonly config?: Readonly<Record<string, unknown>>;
  readonly events?: readonly EngineEvent[];
}

const maxRecords = 50;
/** Only so many records keep configuration and events. */
const maxDetailed = 5;
const maxEvents = 200;
const maxErrors = 20;
const maxText = 1_000;

/** The history with one more record, newest first. */
export function withRecord(history: readonly HistoryRecord[], record: HistoryRecord): readonly HistoryRecord[] {
  return [record, ...history].slice(0, maxRecords).map((kept, age) => (age < maxDetailed ? kept : plain(kept)));
}

export function plain(record: HistoryRecord): UpdateSummary {
  const { config: _, events: __, ...summary } = record;
  return summary;
}

/** Collects what a history record tells of the events of one update. Bounded however long the update is. */
export class EventLog {
  #events: EngineEvent[] = [];
  #errors: string[] = [];
  #changes: Readonly<Record<string, number>> = {};

  add(event: EngineEvent): void {
    this.#events = [...this.#events, bounded(event)].slice(-maxEvents);
    const error = errorOf(event);
    if (error !== undefined && this.#errors.length < maxErrors) this.#errors.push(error);
    this.#changes = changesOf(event) ?? this.#changes;
  }

  get events(): readonly EngineEvent[] {
    return this.#events;
  }

  get errors(): readonly string[] {
    return this.#errors;
  }

  get resourceChanges(): Readonly<Record<string, number>> {
    return this.#changes;
  }
}

function bounded(event: EngineEvent): EngineEvent {
  if (JSON.stringify(event).length <= 4 * maxText) return event;
  const payload = Object.keys(event).find((key) => isObject(event[key]));
  return {
    sequence: event.sequence,
    timestamp: event.timestamp,
    ...(payload ? { [payload]: { omitted: "too large" } } : {}),
  };
}

function errorOf(event: EngineEvent): string | undefined {
  const diagnostic = event["diagnosticEvent"];
  if (!isObject(diagnostic) || diagnostic["severity"] !== "error") return undefined;
  const { message } = diagnostic;
  return typeof message === "string"
    ? message
        .replaceAll(/<\{%.*?%\}>/g, "")
        .trim()
        .slice(0, maxText)
    : undefined;
}

function changesOf(event: EngineEvent): Readonly<Record<string, number>> | undefined {
  const summary = event["summaryEvent"];
  const changes = isObject(summary) ? summary["resourceChanges"] : undefined;
  if (!isObject(changes)) return undefined;
  return Object.fromEntries(
    Object.entries(changes).filter((change): change is [string, number] => typeof change[1] === "number"),
  );
}
