import { describe, expect, test } from "vitest";
import { startSimController } from "../../test/support/sim-controller.ts";
import { retry, terminal, waitForInput } from "./outcome.ts";

describe("what follows from an outcome", () => {
  /** Passes within `ms` when each one ends like `end`. */
  const passesIn = async (ms: number, end: () => { readonly requeueAfter?: number }, counter?: string) => {
    let passes = 0;
    const it = await startSimController({
      reconcile: async () => {
        passes += 1;
        return end();
      },
    });
    it.put("a");
    await it.clock.advance(ms);
    const counted = counter === undefined ? undefined : await it.metric(counter);
    await it.end();
    return { passes, counted };
  };
  const throwing = (error: unknown) => () => {
    throw error;
  };
  const total = (result: string) => `controller_runtime_reconcile_total{controller="test",result="${result}"}`;

  test("success: nothing until something changes", async () => {
    expect(await passesIn(60_000, () => ({}), total("success"))).toEqual({ passes: 1, counted: 1 });
  });
  test("requeueAfter: again after that long", async () => {
    expect(await passesIn(10_500, () => ({ requeueAfter: 1000 }), total("requeue_after"))).toEqual({
      passes: 11,
      counted: 11,
    });
  });
  test("requeueAfter 0 does not loop hot", async () => {
    const { passes } = await passesIn(1000, () => ({ requeueAfter: 0 }), total("requeue"));
    expect(passes).toBeLessThan(12);
    expect(passes).toBeGreaterThan(5);
  });
  test("a failure: again with doubling waits", async () => {
    // 5, 10, 20, ... 640 ms: eight waits within 1275 ms.
    expect(await passesIn(1300, throwing(new Error("no")), "controller_runtime_reconcile_errors_total")).toEqual({
      passes: 9,
      counted: 9,
    });
  });
  test("retry with a time: again after that time", async () => {
    expect((await passesIn(10_500, throwing(retry("Busy", "later", { afterMs: 1000 })))).passes).toBe(11);
  });
  test("waiting for input: not again, and no error", async () => {
    expect(await passesIn(60_000, throwing(waitForInput("Missing", "make it")), total("error"))).toEqual({
      passes: 1,
      counted: 0,
    });
  });
  test("terminal: not again, counted as such", async () => {
    const counter = "controller_runtime_terminal_reconcile_errors_total";
    expect(await passesIn(60_000, throwing(terminal("Broken", "for good")), counter)).toEqual({
      passes: 1,
      counted: 1,
    });
  });
  test.each([new TypeError("x is undefined"), "a string", undefined])(
    "a defect (%s): counted, tried again",
    async (error) => {
      const { passes, counted } = await passesIn(100, throwing(error), "controller_runtime_reconcile_panics_total");
      expect(passes).toBeGreaterThan(3);
      expect(counted).toBe(passes);
    },
  );
  test("everything is looked at again after ten hours", async () => {
    expect((await passesIn(36_000_000 + 10_000, () => ({}))).passes).toBe(2);
  });
});
