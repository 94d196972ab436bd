import { describe, expect, test } from "vitest";
import { parseAddress, serve } from "./http.ts";
import type { Leases } from "./leases.ts";
import { silentLogger } from "./log.ts";
import { ManualClock, settled } from "./manual-clock.ts";
import { Probes, watchLoop } from "./probes.ts";
import { Shutdown } from "./shutdown.ts";
import { supervise } from "./supervise.ts";

async function leave(shutdown: Shutdown, order: string[], until: () => Promise<void>): Promise<void> {
  try {
    await until();
  } finally {
    await shutdown.run(() => order.push("lifetime over"));
  }
}

describe("shutdown", () => {
  const leaving = (work: (intake: AbortSignal, abort: AbortSignal, clock: ManualClock) => Promise<void>) => {
    const clock = new ManualClock();
    const order: string[] = [];
    const leases: Leases = {
      contend: () => {
        throw new Error("not here");
      },
      close: async () => void order.push("leases closed"),
      abandon: async () => void order.push("leases abandoned"),
    };
    const shutdown = new Shutdown({ clock, log: silentLogger, totalMs: 30_000 });
    const end = new AbortController();
    const ended = leave(shutdown, order, () =>
      shutdown.until([end.signal], async () => {
        shutdown.last("server", async () => void order.push("server closed"));
        shutdown.works(
          "work",
          work(shutdown.intake, shutdown.abort, clock).finally(() => order.push("work ended")),
        );
        shutdown.flushes(async () => void order.push("events flushed"));
        shutdown.releases(async () => void order.push("leases released"), leases);
      }),
    );
    return { clock, order, end, ended, shutdown };
  };
  const aborted = (signal: AbortSignal) =>
    new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));

  test("stops intake, lets work end, flushes, releases, then closes servers", async () => {
    const it = leaving(async (intake, _, clock) => {
      await aborted(intake);
      await clock.sleep(5000, new AbortController().signal);
    });
    await settled();
    it.end.abort();
    await it.clock.advance(30_000);
    await it.ended;
    expect(it.order).toEqual([
      "work ended",
      "events flushed",
      "leases released",
      "leases closed",
      "lifetime over",
      "server closed",
    ]);
  });

  test("aborts work after two thirds of the time, and still releases what is idle then", async () => {
    const it = leaving((_, abort) => aborted(abort));
    await settled();
    it.end.abort();
    await it.clock.advance(19_000);
    expect(it.order).toEqual([]);
    await it.clock.advance(11_000);
    await it.ended;
    expect(it.order[0]).toBe("work ended");
    expect(it.order).toContain("leases released");
  });

  test("never releases a lease under work that ignores its abort, and ends in time all the same", async () => {
    const it = leaving(() => new Promise(() => {}));
    await settled();
    it.end.abort();
    await it.clock.advance(31_000);
    await it.ended;
    expect(it.order).toEqual(["events flushed", "leases abandoned", "lifetime over", "server closed"]);
  });

  test("a part that fails ends the process with its error", async () => {
    const it = leaving(() => Promise.reject(new Error("a part broke")));
    const failed = expect(it.ended).rejects.toThrow("a part broke");
    await it.clock.advance(31_000);
    await failed;
    expect(it.order.at(-1)).toBe("server closed");
  });
});

describe("probes", () => {
  const signal = new AbortController().signal;

  test("tell which check fails and why", async () => {
    const probes = new Probes();
    probes.add("good", () => {});
    expect((await probes.answer(signal)).status).toBe(200);
    probes.add("bad", async () => Promise.reject(new Error("no caches")));
    expect(await probes.answer(signal)).toMatchObject({ status: 503, body: "[+] good ok\n[-] bad: no caches\n" });
    expect(() => probes.add("bad", () => {})).toThrow(/two checks/);
  });

  test("an event loop that stood still is told of for half a minute", async () => {
    const clock = new ManualClock();
    const loop = watchLoop(clock, 10_000);
    const stop = new AbortController();
    const running = loop.run(stop.signal);
    await clock.advance(60_000);
    expect(() => loop.check()).not.toThrow();
    clock.stall(15_000);
    expect(() => loop.check()).toThrow(/stood still for 1[45] s/); // asked before the loop's own timer came
    await clock.advance(5000);
    expect(() => loop.check()).toThrow(/stood still/);
    await clock.advance(40_000);
    expect(() => loop.check()).not.toThrow();
    stop.abort();
    await running;
  });
});

describe("servers", () => {
  test.each([
    [":8080", { host: undefined, port: 8080 }],
    ["127.0.0.1:0", { host: "127.0.0.1", port: 0 }],
    ["[::1]:81", { host: "::1", port: 81 }],
  ])("listen on %s", (text, address) => {
    expect(parseAddress(text)).toEqual(address);
  });
  test.each(["8080", "host:", "::1:80", ":70000", ""])("refuse the address %j with a reason", (text) => {
    expect(() => parseAddress(text)).toThrow(/HOST:PORT/);
  });

  test("say so when the port is taken, and answer only what they know", async () => {
    const routes = {
      "/ok": async () => ({ status: 200, type: "text/plain", body: "yes" }),
      "/broken": () => Promise.reject(new Error("broken")),
    };
    const server = await serve("127.0.0.1:0", routes);
    const ask = async (path: string, method = "GET") =>
      (await fetch(`http://127.0.0.1:${server.port}${path}`, { method })).status;
    expect([await ask("/ok"), await ask("/broken"), await ask("/other"), await ask("/ok", "POST")]).toEqual([
      200, 500, 404, 405,
    ]);
    await expect(serve(`127.0.0.1:${server.port}`, routes)).rejects.toThrow(/choose another address/);
    await server.close();
  });
});

test("a task that fails is started again with growing waits, and not after the end", async () => {
  const clock = new ManualClock();
  const stop = new AbortController();
  const starts: number[] = [];
  const running = supervise(
    clock,
    silentLogger,
    () => {
      starts.push(clock.monotonic());
      return Promise.reject(new Error("no"));
    },
    stop.signal,
  );
  await clock.advance(6000);
  stop.abort();
  await running;
  expect(starts).toEqual([0, 800, 2400, 5600]);
});
