import { describe, expect, it } from "vitest";
import { checkInputs } from "../check.ts";
import { cloudPackages } from "../contract.ts";
import { diffInputs } from "../diff.ts";
import { equalJson, mergePatch } from "../values.ts";
import { inputsAt, leastInputs } from "./sample.ts";
import { loadTables } from "./tables.ts";

const tables = loadTables();
const types = cloudPackages.flatMap((name) =>
  [...tables[name].types.values()].map((table) => ({ token: table.token, table, tables: tables[name] })),
);

describe("the tables", () => {
  it("know 172 types, each with an id form and a source", () => {
    expect(types).toHaveLength(172);
    for (const { table } of types) {
      expect(table.idForm, table.token).not.toBe("");
      expect(table.sources.length, table.token).toBeGreaterThan(0);
    }
  });

  it("have the versions the packages have", () => {
    expect(cloudPackages.map((name) => tables[name].version)).toEqual(["7.48.0", "3.28.0", "9.37.0"]);
  });
});

describe.each(types)("$token", ({ table, tables: all }) => {
  const least = leastInputs(all, table);

  it("accepts the least inputs and refuses them without any one required property", () => {
    expect(checkInputs(all, table, least)).toEqual([]);
    for (const name of table.required) {
      const failures = checkInputs(
        all,
        table,
        Object.fromEntries(Object.entries(least).filter(([key]) => key !== name)),
      );
      expect(failures.map((failure) => failure.property)).toContain(name);
    }
  });

  it("refuses an unknown property and names the nearest", () => {
    const [known = ""] = Object.keys(table.shape.inputs).toSorted((left, right) => right.length - left.length);
    const [failure] = checkInputs(all, table, { ...least, [`${known}Z`]: "x" });
    expect(failure?.property).toBe(`${known}Z`);
    expect(failure?.reason).toContain(`Did you mean "${known}"?`);
  });

  it("replaces for exactly the properties the table says", () => {
    const untested: string[] = [];
    for (const path of new Set([...Object.keys(table.shape.inputs), ...table.replaces])) {
      const before = inputsAt(all, table, path, 0);
      const after = inputsAt(all, table, path, 1);
      if (before === undefined || after === undefined || equalJson(before, after)) {
        untested.push(path);
        continue;
      }
      const { changes } = diffInputs(table, mergeInto(least, before), mergeInto(least, after), []);
      expect(changes.length, path).toBeGreaterThan(0);
      const isBlock =
        table.package === "gcp" && changes.some((change) => change.path.replaceAll(/\[\d+\]/g, "") !== path);
      if (table.replaces.has(path) && !isBlock)
        expect(
          changes.some((change) => change.replaces),
          `${path} replaces`,
        ).toBe(true);
      const isTop = !path.includes(".");
      const isSilent =
        isTop && !table.replaces.has(path) && ![...table.replaces].some((one) => one.startsWith(`${path}.`));
      if (isSilent)
        expect(
          changes.some((change) => change.replaces),
          `${path} is an update`,
        ).toBe(false);
    }
    expect(untested.length).toBeLessThan(Object.keys(table.shape.inputs).length);
  });

  it("refuses what is not among the allowed values", () => {
    for (const [path, allowed] of table.allowed) {
      const inputs = inputsAt(all, table, path, 0);
      if (inputs === undefined || path.includes(".") || ["true", "false"].includes(allowed.text)) continue;
      const [[name, value] = ["", ""]] = Object.entries(inputs);
      const bad = Array.isArray(value)
        ? ["never-allowed"]
        : typeof value === "object"
          ? { key: "never-allowed" }
          : "never-allowed";
      expect(
        checkInputs(all, table, { ...least, [name]: bad }).map((failure) => failure.property.replace(/[[.].*/, "")),
        path,
      ).toContain(name);
    }
  });
});

function mergeInto(
  base: Parameters<typeof diffInputs>[1],
  over: Parameters<typeof diffInputs>[1],
): Parameters<typeof diffInputs>[1] {
  return Object.fromEntries(
    [...new Set([...Object.keys(base), ...Object.keys(over)])].map((key) => [
      key,
      mergePatch(base[key], over[key] ?? base[key] ?? null),
    ]),
  );
}
