// The standings of everything that is scored, and the records that a process which begins anew goes on from.
import { inTurns } from "../../runtime/index.ts";
import type { RunOptions } from "../model/session.ts";
import type { LoopModels } from "./models.ts";
import type { HealthRecord } from "./record.ts";
import { resumedStanding } from "./resumed.ts";
import { newStanding, type Standing } from "./standing.ts";

export interface Standings {
  /** By uid. */
  readonly all: ReadonlyMap<string, Standing>;
  /** An empty one for what was never settled. */
  of(uid: string): Standing;
  /** What the next settling goes on from where there is no standing yet; undefined: nothing, whatever was said before. */
  resume(uid: string, record: HealthRecord | undefined): void;
  /** A standing for each of `uids`, old, resumed or new, and for nothing else. Rejects with ModelError where a record can't be scored. */
  settle(uids: { has(uid: string): boolean; keys(): Iterable<string> }, at: At, options: RunOptions): Promise<void>;
}

interface At {
  readonly models: LoopModels;
  /** ms since the epoch */
  readonly now: number;
}

/** Without standings. */
export function createStandings(): Standings {
  const all = new Map<string, Standing>();
  const records = new Map<string, HealthRecord>();

  const takeUp = async (uids: { has(uid: string): boolean }, at: At, options: RunOptions): Promise<void> => {
    for (const [uid, record] of records) {
      if (!uids.has(uid)) continue; // it is not scored yet
      records.delete(uid); // one that can't be read fails one cycle, not all of them
      // oxlint-disable-next-line no-await-in-loop -- few: what was in trouble when this process began
      const standing = all.has(uid) ? undefined : await resumedStanding(record, at, options);
      if (standing !== undefined) all.set(uid, standing);
    }
  };

  return {
    all,
    of: (uid) => all.get(uid) ?? newStanding(),
    resume(uid, record) {
      if (record === undefined) records.delete(uid);
      else records.set(uid, record);
    },
    async settle(uids, at, options) {
      await inTurns(all.keys(), (part) => {
        for (const uid of part) if (!uids.has(uid)) all.delete(uid);
      });
      await takeUp(uids, at, options);
      await inTurns(uids.keys(), (part) => {
        for (const uid of part) if (!all.has(uid)) all.set(uid, newStanding());
      });
    },
  };
}
