// Maintenance windows, across midnight, time zones and clock changes.
import { describe, expect, test } from "vitest";
import { windowState } from "./windows.ts";

const nights = { name: "nights", schedule: "0 2 * * 6", duration: "3h", timeZone: "Europe/Berlin" };
const late = { name: "late", schedule: "30 23 * * *", duration: "2h", timeZone: "UTC" };

describe("windowState", () => {
  test.each([
    ["no windows mean always", undefined, "2026-11-22T12:00:00Z", "open"],
    ["an empty list means always", [], "2026-11-22T12:00:00Z", "open"],
    ["it opens by its own time zone", [nights], "2026-11-21T01:00:00Z", "open"],
    ["before the tick it is closed", [nights], "2026-11-21T00:59:59Z", "closed"],
    ["it is open until its duration is over", [nights], "2026-11-21T03:59:59Z", "open"],
    ["then it is closed", [nights], "2026-11-21T04:00:01Z", "closed"],
    ["it stays open across midnight", [late], "2026-11-23T00:30:00Z", "open"],
    ["one open window of several is enough", [nights, late], "2026-11-23T00:30:00Z", "open"],
    ["in summer the same hour comes earlier in UTC", [nights], "2026-07-04T00:30:00Z", "open"],
    ["a schedule that can't be read never opens", [{ ...late, schedule: "never" }], "2026-11-22T23:45:00Z", "closed"],
  ])("%s", (_what, windows, time, kind) => {
    expect(windowState(windows, Date.parse(time)).kind).toBe(kind);
  });

  test("tells which window opens next and when", () => {
    const state = windowState([nights, late], Date.parse("2026-11-22T22:30:00Z"));
    expect(state).toEqual({ kind: "closed", opensInMs: 3_600_000, name: "late" });
  });
});
