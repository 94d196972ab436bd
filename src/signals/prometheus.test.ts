// What a server may answer that a real one seldom does.
import { createServer, type RequestListener, type Server } from "node:http";
import { afterEach, describe, expect, test } from "vitest";
import { systemClock } from "../kube/index.ts";
import { prometheusSource } from "./prometheus-source.ts";
import { createPrometheus, type Prometheus, type PrometheusOptions } from "./prometheus.ts";

const { signal } = new AbortController();
let server: Server | undefined;

afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

async function serve(listener: RequestListener, options: Partial<PrometheusOptions> = {}): Promise<Prometheus> {
  const started = createServer(listener);
  server = started;
  await new Promise<void>((resolve) => started.listen(0, "127.0.0.1", resolve));
  const address = started.address();
  const url = `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}/prefix/`;
  return createPrometheus({ url, clock: systemClock, ...options });
}

const json =
  (body: unknown, status = 200): RequestListener =>
  (_request, response) =>
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
const vector = (result: unknown) => ({ status: "success", data: { resultType: "vector", result } });
const up = { metric: { __name__: "up", id: "a" }, value: [1.5, "1"] };

test("a query goes to the path prefix with its token, time and timeout", async () => {
  const seen: string[] = [];
  const prometheus = await serve(
    (request, response) => {
      let body = "";
      request.on("data", (chunk) => (body += chunk));
      request.on("end", () => {
        seen.push(request.url ?? "", request.headers.authorization ?? "", body);
        json(vector([up]))(request, response);
      });
    },
    { token: () => Promise.resolve("t"), timeoutMs: 2000 },
  );
  expect(await prometheus.instant("up{}", { time: 1500, lookbackMs: 90_000, signal })).toEqual({
    series: [{ metric: "up", labels: { id: "a" }, points: [{ time: 1500, value: 1 }] }],
    warnings: [],
  });
  expect(seen).toEqual([
    "/prefix/api/v1/query",
    "Bearer t",
    "query=up%7B%7D&time=1.500&timeout=2000ms&lookback_delta=90000ms",
  ]);
});

test("warnings are handed on, and a source tells them as a partial reading", async () => {
  const prometheus = await serve(json({ ...vector([up]), warnings: ["one store did not answer"] }));
  const source = prometheusSource({
    prometheus,
    queries: [{ metric: "m", query: "up", resourceLabels: { id: "id" } }],
  });
  expect(await source.read(1500, { signal })).toEqual({
    samples: [{ series: 'm{id="a"}', metric: "m", labels: { id: "a" }, value: 1, time: 1500, type: "gauge" }],
    problems: [{ reason: "Partial", message: "m: one store did not answer" }],
  });
});

test("native histograms are left out and told", async () => {
  const prometheus = await serve(json(vector([{ metric: {}, histogram: [1, {}] }, up])));
  expect(await prometheus.instant("h", { time: 0, signal })).toMatchObject({
    series: [{ metric: "up" }],
    warnings: [expect.stringContaining("1 native histograms")],
  });
});

const refused = (errorType: string, status: number) => json({ status: "error", errorType, error: "its words" }, status);

describe("a query that can't be answered", () => {
  test.each<[string, RequestListener, RegExp]>([
    ["BadQuery", refused("bad_data", 400), /its words/],
    ["Unprocessable", refused("execution", 422), /its words/],
    ["TimedOut", refused("timeout", 503), /its words/],
    ["TimedOut", refused("canceled", 503), /its words/],
    ["HttpError", refused("internal", 500), /500: internal: its words/],
    ["HttpError", (_, response) => response.writeHead(401).end("log in first"), /401: log in first/],
    ["Malformed", (_, response) => response.end("<html>"), /check that it is/],
    ["Malformed", (_, response) => response.end(), /nothing/],
    ["Malformed", json({ status: "success" }), /no data/],
    ["Malformed", json({ status: "success", data: { resultType: "string", result: [1, "x"] } }), /a string/],
    ["Malformed", json(vector([{ metric: {}, value: [1, ""] }])), /where a value should be/],
    ["Malformed", json(vector([{ metric: {}, value: [1, 2] }])), /where a value should be/],
    ["Malformed", json(vector([{ metric: {}, value: [1, "x"] }])), /where a value should be/],
    ["TooLarge", (_, response) => response.end("x".repeat(2000)), /1000 bytes/],
    ["TimedOut", () => undefined, /within 0.2 s/],
    ["Unreachable", (request) => request.socket.destroy(), /can't be reached/],
  ])("is told as %s", async (reason, listener, words) => {
    const prometheus = await serve(listener, { timeoutMs: 200, maxBytes: 1000 });
    await expect(prometheus.instant("up", { time: 0, signal })).rejects.toMatchObject({
      reason,
      message: expect.stringMatching(words),
    });
    const source = prometheusSource({ prometheus, queries: [{ metric: "m", query: "up", resourceLabels: {} }] });
    expect(await source.read(0, { signal })).toEqual({
      samples: [],
      problems: [{ reason, message: expect.stringMatching(words) }],
    });
  });

  test("rejects with the signal's reason when it aborts", async () => {
    const prometheus = await serve(() => undefined);
    const stop = new AbortController();
    const source = prometheusSource({ prometheus, queries: [{ metric: "m", query: "up", resourceLabels: {} }] });
    const reading = source.read(0, { signal: stop.signal });
    setTimeout(() => stop.abort(new Error("shutting down")), 20);
    await expect(reading).rejects.toThrow("shutting down");
  });
});
