import { describe, expect, test } from "vitest";
import type { HealthRecord } from "../../inference/index.ts";
import { answerOf, type Remedy } from "./remedied.ts";

const minute = 60_000;
const noon = Date.parse("2026-11-22T12:00:00Z");
const at = (minutes: number) => noon + minutes * minute;
const iso = (minutes: number) => new Date(at(minutes)).toISOString();

function record(
  minutes: number,
  anomalyPercent: number | undefined,
  of: HealthRecord["status"]["class"] = "Critical",
): HealthRecord {
  return {
    time: at(minutes),
    threshold: 0.5,
    subject: { kind: "Blueprint", name: "shop", uid: "u", generation: 1, conditions: [] },
    status: {
      class: of,
      reasons: [],
      models: [],
      updateTime: iso(minutes),
      ...(anomalyPercent === undefined ? {} : { anomalyPercent }),
    },
  };
}

const remedy = (minutes: number, name = "shop-heal"): Remedy => ({ name, time: at(minutes) });

describe("an alarm that is over", () => {
  const alarm = [record(0, 3), record(10, 95), record(12, 70)];

  test.each<readonly [string, readonly HealthRecord[], readonly Remedy[], string | undefined]>([
    ["was right where something was mended while it lasted", alarm, [remedy(14)], "shop-heal"],
    ["also where it ended while that was at work", [...alarm, record(13, 3, "Unknown")], [remedy(14)], "shop-heal"],
    ["is none where all that is known is a change at work", [record(13, 3, "Unknown")], [remedy(14)], undefined],
    ["is answered by the last remedy", alarm, [remedy(13, "second"), remedy(11, "first")], "second"],
    ["is not answered where nothing was mended", alarm, [], undefined],
    ["nor by what was mended before it", alarm, [remedy(9)], undefined],
    ["nor by what it outlasted for long", [record(-20, 95), record(12, 70)], [remedy(-10)], undefined],
    ["nor by what is yet to come", alarm, [remedy(16)], undefined],
    ["is none below the threshold", [record(0, 3), record(10, 45)], [remedy(12)], undefined],
    ["is none where there were no numbers", [record(10, undefined)], [remedy(12)], undefined],
    ["is none where nothing was written", [], [remedy(12)], undefined],
  ])("%s", (_, records, remedies, from) => {
    expect(answerOf(records, remedies, at(15))?.from).toBe(from);
  });

  test("is told of the judgement with which it began, however often it was written since", () => {
    expect(answerOf(alarm, [remedy(14)], at(15))).toEqual({
      answer: "TrueAlarm",
      from: "shop-heal",
      time: at(15),
      judgement: iso(10),
    });
  });
});
