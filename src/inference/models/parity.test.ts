// Every shipped model: readable, and equal to what its trainer computed.
import { existsSync, globSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { openModel, readModelFolder, type Tensor } from "../index.ts";

const models = join(import.meta.dirname, "..", "..", "..", "models");
const folders = globSync("*/*/model.json", { cwd: models }).map((path) => dirname(path));

interface Samples {
  readonly inputs: Readonly<Record<string, { readonly dims: number[]; readonly data: (number | null)[] }>>;
  readonly outputs: Samples["inputs"];
}

describe.skipIf(folders.length === 0)("shipped models", () => {
  test.each(folders.toSorted())("%s gives what its trainer gave, within 1e-4", async (folder) => {
    const { signal } = new AbortController();
    const model = await openModel(await readModelFolder(join(models, folder), signal));
    expect(model.manifest.origin).toBe("shipped");
    expect(`${model.manifest.name}/${model.manifest.variant}`).toBe(folder);
    expect(existsSync(join(models, folder, "card.md"))).toBe(true);
    const samples: Samples = JSON.parse(await readFile(join(models, folder, "samples.json"), "utf8"));
    const typeOf = new Map(model.manifest.inputs.map(({ name, type }) => [name, type]));
    const inputs = Object.fromEntries(
      Object.entries(samples.inputs).map(([name, { dims, data }]): [string, Tensor] => [
        name,
        {
          dims,
          data: typeOf.get(name) === "int32" ? Int32Array.from(numbers(data)) : Float32Array.from(numbers(data)),
        },
      ]),
    );
    const outputs = await model.run(inputs, { signal });
    for (const [name, { data }] of Object.entries(samples.outputs)) {
      const given = outputs[name]?.data ?? new Float32Array();
      expect(given.length).toBe(data.length);
      const worst = numbers(data).reduce(
        (most, value, index) => Math.max(most, Math.abs((given[index] ?? NaN) - value) / Math.max(1, Math.abs(value))),
        0,
      );
      expect(worst).toBeLessThanOrEqual(1e-4);
    }
    await model.close();
  });
});

/** What is not known is null in JSON. */
const numbers = (data: readonly (number | null)[]): number[] => data.map((value) => value ?? Number.NaN);
