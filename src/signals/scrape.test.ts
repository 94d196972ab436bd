import { createServer, type RequestListener, type Server } from "node:http";
import { gzipSync } from "node:zlib";
import { afterEach, describe, expect, test } from "vitest";
import { systemClock } from "../kube/index.ts";
import { createScrape, type ScrapeOptions } from "./scrape.ts";

const now = Date.UTC(2026, 5, 1);
const signal = new AbortController().signal;
let server: Server | undefined;

afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

async function serve(listener: RequestListener): Promise<string> {
  const started = createServer(listener);
  server = started;
  await new Promise<void>((resolve) => started.listen(0, "127.0.0.1", resolve));
  const address = started.address();
  return `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}/metrics`;
}

const scrape = (url: string, options: Partial<ScrapeOptions> = {}) =>
  createScrape({ url, clock: systemClock, ...options });
const text =
  (body: string): RequestListener =>
  (_request, response) => {
    response.writeHead(200, { "content-type": "text/plain; version=0.0.4" }).end(body);
  };

describe("a scrape", () => {
  test("gives samples with their type, at the time of the reading or their own", async () => {
    const url = await serve(text(`# TYPE up gauge\nup{a="1"} 1\nold 2 ${now - 1000}\nnone NaN\nmuch +Inf\n`));
    expect(await scrape(url).read(now, { signal })).toEqual({
      samples: [
        { series: 'up{a="1"}', metric: "up", labels: { a: "1" }, value: 1, time: now, type: "gauge" },
        { series: "old", metric: "old", labels: {}, value: 2, time: now - 1000, type: "unknown" },
      ],
      problems: [],
    });
  });

  test("unpacks gzip and joins lines and characters that were cut between packets", async () => {
    const body =
      `up{name="größe"} 1\n`.repeat(1) + Array.from({ length: 500 }, (_, n) => `n{i="${n}"} ${n}`).join("\n") + "\n";
    const url = await serve((request, response) => {
      expect(request.headers["accept-encoding"]).toContain("gzip");
      const packed = gzipSync(body);
      response.writeHead(200, { "content-type": "text/plain", "content-encoding": "gzip" });
      for (let at = 0; at < packed.length; at += 7) response.write(packed.subarray(at, at + 7));
      response.end();
    });
    const { samples, problems } = await scrape(url).read(now, { signal });
    expect(problems).toEqual([]);
    expect(samples).toHaveLength(501);
    expect(samples[0]?.labels).toEqual({ name: "größe" });
    expect(samples.at(-1)?.value).toBe(499);
  });

  test("skips what it can't read and says so once", async () => {
    const url = await serve(text("up 1\nbroken\nup 2\nalso broken\nfine 3\n"));
    const { samples, problems } = await scrape(url).read(now, { signal });
    expect(samples.map(({ metric, value }) => [metric, value])).toEqual([
      ["up", 1],
      ["fine", 3],
    ]);
    expect(problems).toEqual([{ reason: "Malformed", message: expect.stringMatching(/^3 lines .* line 2: /) }]);
  });

  test("does not read a last line that may have been cut, as by a packed answer that breaks off", async () => {
    const packed = gzipSync("up 1\nload 123456789");
    const url = await serve((_request, response) => {
      response.writeHead(200, { "content-type": "text/plain", "content-encoding": "gzip" });
      response.end(packed.subarray(0, packed.length - 12));
    });
    const { samples, problems } = await scrape(url).read(now, { signal });
    expect(samples).toMatchObject([{ metric: "up", value: 1 }]);
    expect(problems).toMatchObject([
      { reason: "Malformed", message: expect.stringMatching(/line 2: it does not end/) },
    ]);
  });

  test("leaves out numbers that are not of now", async () => {
    const url = await serve(text(`a 1 ${now - 300_001}\nb 1 ${now + 60_001}\nc 1 ${now + 10}\n`));
    const { samples, problems } = await scrape(url).read(now, { signal });
    expect(samples).toMatchObject([{ metric: "c", time: now }]);
    expect(problems).toMatchObject([{ reason: "Stale", message: expect.stringContaining("2 samples") }]);
  });

  test.each<[string, RequestListener, Partial<ScrapeOptions>]>([
    ["HttpError", (_, response) => response.writeHead(503).end("up 1"), {}],
    ["Malformed", (_, response) => response.writeHead(200, { "content-type": "text/html" }).end("up 1"), {}],
    ["TooLarge", text(`up 1\n${"# x\n".repeat(1000)}`), { maxBytes: 1000 }],
    ["TimedOut", () => undefined, { timeoutMs: 50 }],
    ["TokenUnreadable", text("up 1"), { token: () => Promise.reject(new Error("no such file")) }],
    [
      "Unreachable",
      (_, response) =>
        response.writeHead(200, { "content-type": "text/plain", "content-encoding": "gzip" }).end("no gzip at all"),
      {},
    ],
    ["Unreachable", (_, response) => response.writeHead(302, { location: "nowhere://x" }).end(), {}],
    [
      "Unreachable",
      (_, response) => {
        response.writeHead(200, { "content-type": "text/plain", "content-length": 100 });
        response.write("up 1\nhalf 12", () => response.destroy());
      },
      {},
    ],
  ])("gives no samples and the reason %s", async (reason, listener, options) => {
    const reading = await scrape(await serve(listener), options).read(now, { signal });
    expect(reading).toEqual({ samples: [], problems: [{ reason, message: expect.any(String) }] });
  });

  test("says Unreachable where nobody listens, and gives samples again when somebody does", async () => {
    const url = await serve(text("up 1\n"));
    const source = scrape(url);
    expect((await source.read(now, { signal })).samples).toHaveLength(1);
    server?.closeAllConnections();
    await new Promise((resolve) => server?.close(resolve));
    expect(await source.read(now, { signal })).toMatchObject({ samples: [], problems: [{ reason: "Unreachable" }] });
  });

  test("rejects with the signal's reason", async () => {
    const url = await serve(() => undefined);
    const stop = new AbortController();
    const reading = scrape(url).read(now, { signal: stop.signal });
    setTimeout(() => stop.abort(new Error("shutting down")), 20);
    await expect(reading).rejects.toThrow("shutting down");
  });

  test("sends its token", async () => {
    const url = await serve((request, response) =>
      response.writeHead(request.headers.authorization === "Bearer t" ? 200 : 401).end(),
    );
    expect(await scrape(url, { token: () => Promise.resolve("t") }).read(now, { signal })).toEqual({
      samples: [],
      problems: [],
    });
  });
});

test("reading 40,000 lines does not hold the event loop for 50 ms of work", async () => {
  const labels = (n: number) =>
    `type="aws:s3/bucket:Bucket",id="bucket-${n}",region="eu-central-1",account="123456789012",blueprint="6f1c9f0e-0000-4000-8000-${String(n).padStart(12, "0")}"`;
  const body = ["up", "errors", "latency", "load"]
    .flatMap((metric) => Array.from({ length: 10_000 }, (_, n) => `${metric}{${labels(n)}} ${n / 7}`))
    .join("\n")
    .concat("\n");
  const source = scrape(await serve(text(body)));
  const { samples, problems } = await source.read(now, { signal });
  expect([samples.length, problems]).toEqual([40_000, []]);
  // The thread's own processor time between two rounds of the event loop: other load on the machine does not count.
  const rounds: number[] = [];
  let running = true;
  let before = process.threadCpuUsage();
  const tick = () => {
    const { user, system } = process.threadCpuUsage();
    rounds.push((user + system - before.user - before.system) / 1000);
    before = { user, system };
    if (running) setImmediate(tick);
  };
  setImmediate(tick);
  await source.read(now, { signal });
  running = false;
  expect(rounds.length).toBeGreaterThan(10);
  expect(Math.max(...rounds)).toBeLessThan(50);
});
