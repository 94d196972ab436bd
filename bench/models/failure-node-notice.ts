// Lead time on LANL: every node is asked about four times a day.
import type { NodeInput } from "../../src/inference/features/failure-nodes.ts";
import type { TabularScorer } from "../../src/inference/index.ts";
import type { Measurement } from "../measurement.ts";
import { type FailureQuestions, type NodeWatch, nodeWatches } from "./failure-log.ts";
import { type Answered, keptThresholds, noticeFigures } from "./failure-notice.ts";

export interface NodeScorers {
  readonly model: TabularScorer<NodeInput>;
  readonly baseline: TabularScorer<NodeInput>;
}

/**
 * Figures by lead time of the last part of the logs. Failures become rarer over the years, by a factor of six between the two
 * parts, so that a threshold of the first part is hardly ever reached in the last: thresholds are taken anew every thirty
 * days, from the year before.
 */
export async function nodeNotice(
  { logs, part, when }: FailureQuestions,
  scorers: NodeScorers,
  signal: AbortSignal,
): Promise<readonly Measurement[]> {
  const { split, known, measured } = nodeWatches(logs, part, 0.25);
  const answered = (some: readonly NodeWatch[]): Promise<readonly Answered[]> =>
    Promise.all(some.map((watch) => answeredOf(watch, scorers, signal)));
  const to = Math.max(...measured.map(({ until }) => until));
  return noticeFigures({
    weights: "fitted",
    what: `LANL, ${when}, every node each 6 h`,
    horizon: 48,
    thresholds: keptThresholds(await answered(known), 48, {
      from: 24 * split,
      to: 24 * to,
      every: 24 * 30,
      span: 24 * 365,
    }),
    measured: await answered(measured),
    least: [1, 24],
    counted: ["all", "new"],
  });
}

async function answeredOf(
  { system, failures, asked, until }: NodeWatch,
  { model, baseline }: NodeScorers,
  signal: AbortSignal,
): Promise<Answered> {
  const inputs = asked.map((now): NodeInput => ({ failures, system, now }));
  const [ours = [], simple = []] = await Promise.all(
    [model, baseline].map(async (scorer) =>
      (await scorer.score(inputs, { signal })).map(({ probability }) => probability),
    ),
  );
  const hours = (days: readonly number[]): readonly number[] => days.map((day) => 24 * day);
  return { asked: hours(asked), failures: hours(failures), until: 24 * until, model: ours, baseline: simple };
}
