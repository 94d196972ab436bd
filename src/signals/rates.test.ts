import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type CounterState, isCounter, rates, withRates } from "./rates.ts";
import { type Sample, type SampleType, seriesKey } from "./sample.ts";

const empty: CounterState = new Map();

function counter(value: number, time: number, id = "a"): Sample {
  const metric = "requests_total";
  return { series: seriesKey(metric, { id }), metric, labels: { id }, value, time, type: "counter" };
}

/** Reads one after the other, as cycles would. */
function run(readings: readonly (readonly Sample[])[], maxGapMs?: number): readonly (readonly Sample[])[] {
  let state = empty;
  return readings.map((samples) => {
    const next = rates(state, samples, maxGapMs);
    state = next.state;
    return next.samples;
  });
}

describe("a rate", () => {
  test("is growth a second, under a name and series of its own", () => {
    expect(run([[counter(10, 1000)], [counter(40, 11_000)]])).toEqual([
      [],
      [
        {
          series: 'requests_per_second{id="a"}',
          metric: "requests_per_second",
          labels: { id: "a" },
          value: 3,
          time: 11_000,
          type: "gauge",
        },
      ],
    ]);
  });

  test("after a reset counts from zero", () => {
    expect(run([[counter(1000, 0)], [counter(20, 10_000)]]).at(-1)).toMatchObject([{ value: 2 }]);
  });

  test("is not told over a gap, and is again after it", () => {
    const readings = [[counter(0, 0)], [counter(600, 60_001)], [counter(660, 120_001)]];
    expect(run(readings, 60_000).map((found) => found.map(({ value }) => value))).toEqual([[], [], [1]]);
  });

  test("is absent while the series is, and is that of the whole time when it comes back", () => {
    const readings = [[counter(0, 0)], [], [counter(60, 60_000)]];
    expect(run(readings).map((found) => found.map(({ value }) => value))).toEqual([[], [], [1]]);
  });

  test.each([[-1], [Number.NaN], [Infinity]])("is not told of %d, which no counter says", (value) => {
    expect(rates(new Map([[counter(0, 0).series, { value: 0, time: 0 }]]), [counter(value, 1000)]).samples).toEqual([]);
  });
});

test.each<[string, SampleType | undefined, boolean]>([
  ["x", "counter", true],
  ["x_total", undefined, true],
  ["x_total", "gauge", false],
  ["x", "gauge", false],
  ["x", undefined, false],
  ["x_bucket", "histogram", true],
  ["x_count", "summary", true],
  ["x_sum", "histogram", false],
  ["x", "summary", false],
])("%s of type %s is a counter: %s", (metric, type, expected) => {
  expect(isCounter({ metric, ...(type === undefined ? {} : { type }) })).toBe(expected);
});

describe("of any readings", () => {
  const grows = fc.array(fc.record({ by: fc.nat(1e6), after: fc.integer({ min: 1, max: 60_000 }) }), {
    minLength: 2,
    maxLength: 30,
  });

  test("rates times their time add up to what the counter grew", () => {
    fc.assert(
      fc.property(grows, (steps) => {
        let [value, time] = [0, 0];
        const readings = steps.map(({ by, after }) => [counter((value += by), (time += after))]);
        const first = readings[0]?.[0];
        let last = first?.time ?? 0;
        let sum = 0;
        for (const rate of run(readings).flat()) {
          sum += (rate.value * (rate.time - last)) / 1000;
          last = rate.time;
        }
        expect(sum).toBeCloseTo(value - (first?.value ?? 0), 3);
      }),
    );
  });

  const any = fc.array(
    fc.array(
      fc.record({ value: fc.nat(1000), time: fc.integer({ min: 0, max: 1_000_000 }), id: fc.constantFrom("a", "b") }),
      { maxLength: 4 },
    ),
    { maxLength: 20 },
  );
  const samplesOf = (readings: readonly (readonly { value: number; time: number; id: string }[])[]) =>
    readings.map((reading) => reading.map(({ value, time, id }) => counter(value, time, id)));

  test("no rate is negative, infinite, of a series that was not read, or over a gap", () => {
    fc.assert(
      fc.property(any, (drawn) => {
        const readings = samplesOf(drawn);
        const last = new Map<string, number>();
        for (const [index, found] of run(readings, 100_000).entries()) {
          const times = new Map(readings[index]?.map(({ labels, time }) => [`${labels["id"]} ${time}`, true]));
          for (const { value, time, labels } of found) {
            const id = labels["id"] ?? "";
            expect(value >= 0 && Number.isFinite(value)).toBe(true);
            expect(times.has(`${id} ${time}`)).toBe(true);
          }
          for (const sample of readings[index] ?? []) {
            const id = sample.labels["id"] ?? "";
            const before = last.get(id);
            const rate = found.find(({ labels, time }) => labels["id"] === id && time === sample.time);
            if (before === undefined || sample.time - before > 100_000) expect(rate).toBeUndefined();
            last.set(id, Math.max(before ?? -1, sample.time));
          }
        }
      }),
    );
  });

  test("what comes late or twice changes nothing", () => {
    fc.assert(
      fc.property(grows, fc.nat(1000), (steps, late) => {
        let [value, time] = [0, 1000];
        const readings = steps.map(({ by, after }) => [counter((value += by), (time += after))]);
        const disturbed = readings.map((reading) => reading.flatMap((one) => [one, one, counter(late, one.time - 1)]));
        expect(run(disturbed)).toEqual(run(readings));
      }),
    );
  });

  test("what is remembered is no more than was read within the gap", () => {
    const many = Array.from({ length: 100 }, (_, n) => counter(n, 0, String(n)));
    const { state } = rates(rates(empty, many, 1000).state, [counter(1, 2000, "new")], 1000);
    expect([...state.keys()]).toEqual([counter(1, 0, "new").series]);
  });
});

test("a source with rates gives gauges as they are and counters as rates, from the second reading on", async () => {
  const gauge: Sample = { series: "up", metric: "up", labels: {}, value: 1, time: 0, type: "gauge" };
  const problems = [{ reason: "Partial", message: "one of two answered" }];
  const source = withRates({
    name: "s",
    read: (now) => Promise.resolve({ samples: [gauge, counter(now / 100, now)], problems }),
  });
  const { signal } = new AbortController();
  expect(await source.read(0, { signal })).toEqual({ samples: [gauge], problems });
  expect((await source.read(10_000, { signal })).samples).toMatchObject([
    gauge,
    { metric: "requests_per_second", value: 10 },
  ]);
});

test("a source with rates tells of ten thousand counters what rates() tells, and lets others run meanwhile", async () => {
  const reading = (at: number) => Array.from({ length: 10_000 }, (_, n) => counter(n * at, at, String(n)));
  const source = withRates({ name: "s", read: (at) => Promise.resolve({ samples: reading(at), problems: [] }) });
  const { signal } = new AbortController();
  await source.read(1000, { signal });
  let turns = 0;
  const timer = setInterval(() => (turns += 1), 0);
  const { samples } = await source.read(2000, { signal });
  clearInterval(timer);
  expect(samples).toEqual(rates(rates(empty, reading(1000)).state, reading(2000)).samples);
  expect(samples).toHaveLength(10_000);
  expect(turns).toBeGreaterThan(0);
});
