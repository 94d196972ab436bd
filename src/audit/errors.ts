// Failures of the audit log, typed by what the caller does about them.

/** Another replica writes this shard now: stop working on it. Nothing of the rejected entry was kept. */
export class AuditFenced extends Error {
  constructor(shard: string, holder: string) {
    super(`audit shard ${shard} is written by ${holder} now: this replica must stop working on it`);
    this.name = "AuditFenced";
  }
}

/** The API server could not be asked. Retry: the entry may or may not have been kept. */
export class AuditUnavailable extends Error {
  constructor(shard: string, cause: unknown) {
    const why = cause instanceof Error ? cause.message : String(cause);
    super(`audit shard ${shard} can't be written now, try again: ${why}`, { cause });
    this.name = "AuditUnavailable";
  }
}

/** What is stored is not what was written. Nothing more is written; a person has to look. */
export class AuditBroken extends Error {
  readonly seq: number;

  constructor(shard: string, seq: number, reason: string) {
    super(
      `audit shard ${shard} is broken at record ${seq}: ${reason}. Nothing more is written to it: keep the Secrets ` +
        `labelled iacdharma.com/audit-shard=${shard} as evidence, then delete them to begin a new chain`,
    );
    this.name = "AuditBroken";
    this.seq = seq;
  }
}

/** The entry can't be a record: mend the caller. */
export class AuditRefused extends Error {
  constructor(message: string) {
    super(message);
    this.name = "AuditRefused";
  }
}
