// When an Import comes before the Apply, and when it is known to be done.
import { describe, expect, test } from "vitest";
import type { Blueprint, BlueprintRun } from "../../api/index.ts";
import { aBlueprint, digest, failed, noon, observing, succeeded } from "../fixtures.ts";
import { importsAnnotation, importsOf } from "./imports.ts";
import { decide } from "./plan.ts";

const adopting = (id: string): Blueprint =>
  aBlueprint({
    components: [{ name: "api", type: "VirtualMachine", options: { protect: false, import: { instance: id } } }],
    resources: [{ name: "orders", type: "aws:sqs/queue:Queue", options: { protect: false, import: "queue" } }],
  });
const blueprint = adopting("i-1");

function imported(run: BlueprintRun, { spec }: Blueprint): BlueprintRun {
  const annotations = { [importsAnnotation]: importsOf(spec) ?? "" };
  return { ...run, metadata: { ...run.metadata, annotations } };
}

const rows: readonly {
  readonly situation: string;
  readonly blueprint?: Blueprint;
  readonly runs: readonly BlueprintRun[];
  readonly operation: string;
}[] = [
  { situation: "a spec that adopts is imported first", runs: [], operation: "Import" },
  {
    situation: "what was imported is applied",
    runs: [imported(succeeded("Import", 10), blueprint)],
    operation: "Apply",
  },
  {
    situation: "another id is imported anew",
    blueprint: adopting("i-2"),
    runs: [imported(succeeded("Import", 10), blueprint)],
    operation: "Import",
  },
  {
    situation: "a spec that adopts nothing is never imported",
    blueprint: aBlueprint({}),
    runs: [],
    operation: "Apply",
  },
];

describe("decide", () => {
  test.each(rows)("$situation", ({ blueprint: wanted = blueprint, runs, operation }) => {
    expect(decide(wanted, observing({ runs }), noon)).toMatchObject({
      kind: "startRun",
      request: { operation, digest },
    });
  });

  test("a failed import is not followed by an Apply that would make it twice", () => {
    const runs = [imported(failed("Import", 10, "NotFound"), blueprint)];
    expect(decide(blueprint, observing({ runs }), noon + 11_000).kind).not.toBe("startRun");
  });
});

test("the digest of what is adopted is the same in any order, and another for another id", () => {
  const { spec } = blueprint;
  const turned = { ...spec, components: (spec.components ?? []).toReversed() };
  expect(importsOf(turned)).toBe(importsOf(spec));
  expect(importsOf(adopting("i-2").spec)).not.toBe(importsOf(spec));
  expect(importsOf(aBlueprint({}).spec)).toBeUndefined();
});
