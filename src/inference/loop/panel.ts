// The detectors' live error: a panel of live series, each tried again and again with a fault put upon a copy of it.
import type { Random } from "../../kube/index.ts";
import type { Sample } from "../../signals/index.ts";
import type { AnomalyInput } from "../models/anomaly-detector.ts";
import type { RunOptions } from "../model/session.ts";
import type { SamplesOf } from "./advance.ts";
import { inputsOf, judged, type Member, newMember, term } from "./panel-member.ts";
import type { Losses, Opinions } from "./panel-trial.ts";
import { defaultLoopSettings } from "./settings.ts";

/** A slot whose models are tried: what each says is told, and how wrong it was. */
export interface TriedSlot {
  /** What everybody says of the inputs, the challengers and the baseline too. */
  judge(inputs: readonly AnomalyInput[], options: RunOptions): Promise<readonly Opinions[]>;
  /** How wrong each was, 0 to 1, by digest. */
  losses(losses: Losses): void;
}

/** To be called in each cycle with its samples. Rejects only with the signal's reason, or with what the baseline rejects with. */
export type Panel = (samples: SamplesOf, now: number, options: RunOptions) => Promise<void>;

/** Series that are followed at once: with their copies half a batch. */
const places = 64;

export interface PanelOptions {
  readonly random: Random;
  /** Milliseconds after which a series that is not heard of leaves. Default: as in the loop. */
  readonly staleMs?: number;
}

/** An empty panel: series are taken in by chance as they come. */
export function createPanel(slot: TriedSlot, { random, staleMs = defaultLoopSettings.staleMs }: PanelOptions): Panel {
  let members: readonly Member[] = [];
  return async (samples, now, options) => {
    const present = members.filter(({ time, trials }) => trials < term && now - time <= staleMs);
    const all = [...present, ...newcomers(samples, present, random)];
    const due = all.flatMap((member) => {
      const sample = sampleOf(member, samples);
      return sample === undefined ? [] : [{ member, sample, inputs: inputsOf(member, sample) }];
    });
    const inputs = due.flatMap((one) => one.inputs);
    const opinions = inputs.length === 0 ? [] : await slot.judge(inputs, options);
    const after = new Map<Member, Member>();
    let at = 0;
    for (const { member, sample, inputs: own } of due) {
      const result = judged(member, sample, opinions.slice(at, (at += own.length)), random);
      after.set(member, result.member);
      if (result.losses !== undefined) slot.losses(result.losses);
    }
    members = all.map((member) => after.get(member) ?? member);
  };
}

/** Its sample of this cycle; undefined where there is no new one, or no value: no data is no outcome. */
function sampleOf({ uid, series, time }: Member, samples: SamplesOf): Sample | undefined {
  const found = samples.get(uid)?.findLast((sample) => sample.series === series);
  return found !== undefined && found.time > time && Number.isFinite(found.value) ? found : undefined;
}

/** For each free place a series of a subject, both by chance: a subject with many series is as likely as one with few. */
function newcomers(samples: SamplesOf, present: readonly Member[], random: Random): readonly Member[] {
  const free = places - present.length;
  if (free <= 0 || samples.size === 0) return [];
  const uids = [...samples.keys()];
  const taken = new Set(present.map(({ uid, series }) => `${uid} ${series}`));
  const joined: Member[] = [];
  for (let place = 0; place < free; place += 1) {
    const uid = uids[Math.floor(random() * uids.length)] ?? "";
    const own = samples.get(uid) ?? [];
    const sample = own[Math.floor(random() * own.length)];
    if (sample === undefined || !Number.isFinite(sample.value) || taken.has(`${uid} ${sample.series}`)) continue;
    taken.add(`${uid} ${sample.series}`);
    joined.push(newMember(uid, sample, random));
  }
  return joined;
}
