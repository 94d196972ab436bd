import { Writable } from "node:stream";
import { describe, expect, test } from "vitest";
import { createLogger, type LogOptions } from "./log.ts";
import { mask, maskText } from "./mask.ts";

function written(options: LogOptions = {}) {
  const lines: string[] = [];
  const stream = new Writable({
    write(chunk, _, done) {
      lines.push(String(chunk).trimEnd());
      done();
    },
  });
  return { log: createLogger({ ...options, stream }), lines };
}

describe("the log", () => {
  test("writes one JSON object a line with the fields of its parents", () => {
    const { log, lines } = written();
    log
      .child({ controller: "blueprint" })
      .child({ namespace: "shop", name: "web" })
      .info("reconciled", { seconds: 0.5 });
    const line: unknown = JSON.parse(lines[0] ?? "");
    expect(line).toMatchObject({
      level: "info",
      message: "reconciled",
      controller: "blueprint",
      namespace: "shop",
      name: "web",
      seconds: 0.5,
    });
    expect(Reflect.get(Object(line), "time")).toMatch(/^\d{4}-\d\d-\d\dT/);
  });

  test("drops what is below its level", () => {
    const { log, lines } = written({ level: "warn" });
    log.info("quiet");
    log.warn("loud");
    expect(lines).toHaveLength(1);
  });

  test("writes for people when asked, with the stack of an error below", () => {
    const { log, lines } = written({ format: "pretty" });
    log.error("it broke", { name: "web", error: new Error("no route") });
    expect(lines.join("\n")).toMatch(/ERROR it broke name=web\n {2}Error: no route\n/);
  });

  test("keeps the causes of an error", () => {
    const { log, lines } = written();
    log.error("it broke", { error: new Error("outer", { cause: new Error("inner") }) });
    expect(JSON.parse(lines[0] ?? "")).toMatchObject({ error: { message: "outer", cause: { message: "inner" } } });
  });
});

describe("the mask", () => {
  test.each<[string, unknown, unknown]>([
    [
      "by the name of a field",
      { password: "x", apiToken: "y", access_key: "z" },
      { password: "***", apiToken: "***", access_key: "***" },
    ],
    [
      "not where a secret is",
      { secretName: "db", tokenPath: "/var/run", secretRef: { name: "db" } },
      { secretName: "db", tokenPath: "/var/run", secretRef: { name: "db" } },
    ],
    [
      "the data of a Secret",
      { kind: "Secret", data: { a: "eA==" }, metadata: { name: "db" } },
      { kind: "Secret", data: "***", metadata: { name: "db" } },
    ],
    [
      "a cycle",
      (() => {
        const a: Record<string, unknown> = {};
        a["self"] = a;
        return a;
      })(),
      { self: "(cycle)" },
    ],
    ["bytes", { body: new Uint8Array(3) }, { body: "(3 bytes)" }],
  ])("hides %s", (_, value, masked) => {
    expect(mask(value)).toEqual(masked);
  });

  test.each([
    ["Authorization: Bearer abcdefghijklmnop", "Authorization: Bearer ***"],
    ["postgres://admin:hunter2@db:5432/x", "postgres://admin:***@db:5432/x"],
    ["key AKIAIOSFODNN7EXAMPLE used", "key *** used"],
    ["password=hunter2 and more", "password=*** and more"],
    ["-----BEGIN EC PRIVATE KEY-----\nabc\n-----END EC PRIVATE KEY-----", "***"],
    ["nothing to hide at https://example.com:8443/path", "nothing to hide at https://example.com:8443/path"],
  ])("text: %s", (text, masked) => {
    expect(maskText(text)).toBe(masked);
  });

  test("errors do not carry secrets out", () => {
    const error = Object.assign(new Error("token=abc"), { token: "abc", status: 401 });
    expect(mask(error)).toMatchObject({ message: "token=***", token: "***", status: 401 });
  });
});
