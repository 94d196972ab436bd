// Structured logs: one line an event, the object's key on every line, secrets masked.

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
