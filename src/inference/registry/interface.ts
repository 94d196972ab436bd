// What a slot takes and gives, and whether a model fits it.
import type { Manifest, Port } from "../model/manifest.ts";

/** The part of a manifest that code relies on. */
export type ModelInterface = Pick<Manifest, "inputs" | "outputs" | "features" | "scalers" | "thresholds">;

/** What keeps a model of interface `given` from taking the place of one of `expected`; undefined: nothing. */
export function interfaceProblem(expected: ModelInterface, given: ModelInterface): string | undefined {
  return (
    portsProblem("inputs", expected.inputs, given.inputs) ??
    portsProblem("outputs", expected.outputs, given.outputs) ??
    listProblem(
      "features",
      expected.features.map(({ name, unit }) => (unit === undefined ? name : `${name} in ${unit}`)),
      given.features.map(({ name, unit }) => (unit === undefined ? name : `${name} in ${unit}`)),
    ) ??
    missing("thresholds", expected.thresholds, given.thresholds) ??
    missing("scalers", expected.scalers, given.scalers)
  );
}

function portsProblem(what: string, expected: readonly Port[], given: readonly Port[]): string | undefined {
  return listProblem(what, expected.map(textOf), given.map(textOf));
}

/** Ranges of outputs count: what code was written for 0 to 1 is not to get 0 to 100. */
function textOf(port: Port & { readonly range?: readonly [number, number] }): string {
  const range = port.range === undefined ? "" : ` ${port.range[0]} to ${port.range[1]}`;
  return `${port.name} ${port.type}[${port.shape.map((size) => size ?? "batch").join(", ")}]${range}`;
}

function listProblem(what: string, expected: readonly string[], given: readonly string[]): string | undefined {
  if (expected.length !== given.length)
    return `it has ${given.length} ${what} (${given.join("; ")}), ${expected.length} are asked for`;
  const at = expected.findIndex((text, index) => text !== given[index]);
  return at < 0 ? undefined : `its ${what} differ: ${given[at]} stands where ${expected[at]} is asked for`;
}

function missing(what: string, expected: object, given: object): string | undefined {
  const names = Object.keys(expected).filter((name) => !Object.hasOwn(given, name));
  return names.length === 0 ? undefined : `its ${what} lack ${names.join(", ")}`;
}
