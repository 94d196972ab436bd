import { expect, test } from "vitest";
import { connectionRow } from "./security-connection.ts";

const words = [["tcp", "udp"], ["http"], ["S0", "SF"]];
const record = ["7", "tcp", "http", "SF", ...Array.from({ length: 37 }, (_, index) => String(index / 10))];

test("numbers come first, then a column for each known word", () => {
  const row = connectionRow(record, words);
  expect(row.length).toBe(38 + 5);
  expect(Array.from(row.slice(0, 3), (value) => Math.round(value * 10) / 10)).toEqual([7, 0, 0.1]);
  expect(Array.from(row.slice(38))).toEqual([1, 0, 1, 0, 1]);
});

test("neither the label nor the difficulty is looked at", () => {
  expect(connectionRow([...record, "neptune", "21"], words)).toEqual(connectionRow([...record, "normal", "3"], words));
});

test("a word that training never saw leaves its columns at zero", () => {
  const row = connectionRow(record.with(2, "gopher"), words);
  expect(row[40]).toBe(0);
});
