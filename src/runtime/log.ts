// Structured logs: one line an event, the object's key on every line, secrets masked.
import { createLogger as createWinston, format, transports, type Logger as Winston } from "winston";
import type { Writable } from "node:stream";
import { mask, maskText } from "./mask.ts";

/** Values that go with a line. */
export type LogFields = Readonly<Record<string, unknown>>;

/** A log with fields bound to it. Errors go in the field `error`. */
export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** A log that adds `fields` to each line. */
  child(fields: LogFields): Logger;
}

export interface LogOptions {
  /** Lines below are dropped. Default info. */
  readonly level?: "debug" | "info" | "warn" | "error";
  /** JSON for machines (default), pretty for people. */
  readonly format?: "json" | "pretty";
  /** Default standard error. */
  readonly stream?: Writable;
}

/** The process's log. Lines carry `time` (RFC 3339), `level`, `message` and the fields. */
export function createLogger(options: LogOptions = {}): Logger {
  const winston = createWinston({
    level: options.level ?? "info",
    format: format.combine(format.timestamp(), options.format === "pretty" ? pretty() : json()),
    transports: [new transports.Stream({ stream: options.stream ?? process.stderr })],
  });
  return bound(winston, {});
}

/** Swallows everything; for tests and for parts used without a process. */
export const silentLogger: Logger = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
  child: () => silentLogger,
};

function bound(winston: Winston, fields: LogFields): Logger {
  const write = (level: "debug" | "info" | "warn" | "error") => (message: string, more?: LogFields) => {
    if (winston.isLevelEnabled(level)) winston.log({ level, message, fields: { ...fields, ...more } });
  };
  return {
    debug: write("debug"),
    info: write("info"),
    warn: write("warn"),
    error: write("error"),
    child: (more) => bound(winston, { ...fields, ...more }),
  };
}

function json() {
  return format.printf(({ level, message, timestamp, fields }) =>
    JSON.stringify({ time: timestamp, level, message: maskText(String(message)), ...asRecord(mask(fields)) }),
  );
}

function pretty() {
  return format.printf(({ level, message, timestamp, fields }) => {
    const { error, ...rest } = asRecord(mask(fields));
    const pairs = Object.entries(rest).map(([name, value]) => `${name}=${plain(value)}`);
    const stack = asRecord(error)["stack"] ?? asRecord(error)["message"] ?? error;
    const head = `${String(timestamp).slice(11, 23)} ${level.toUpperCase().padEnd(5)} ${maskText(String(message))}`;
    return [[head, ...pairs].join(" "), ...(stack === undefined ? [] : [`  ${plain(stack)}`])].join("\n");
  });
}

function plain(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

function asRecord(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? { ...value } : {};
}
