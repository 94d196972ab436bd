// The chart as tests see it: rendered by the real helm, as objects.
import { execFile } from "node:child_process";
import { join } from "node:path";
import { parseAllDocuments } from "yaml";
import { toolPaths } from "../support/plane.ts";

export const root = join(import.meta.dirname, "..", "..");
export const chart = join(root, "charts", "dharma");

/** A rendered object: what all have, the rest as it comes. */
export interface Rendered {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly labels?: Record<string, string> };
  readonly [field: string]: unknown;
}

/** How a program ended. */
export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a tool of the control plane; never rejects because of its exit code. `input` is its standard input. */
export async function runTool(
  name: "helm" | "kubectl",
  args: readonly string[],
  options: { readonly kubeconfig?: string; readonly input?: string } = {},
): Promise<Ended> {
  const path = (await toolPaths([name]))[name];
  if (path === undefined) throw new Error(`${name} was not installed`);
  const env = { ...process.env, ...(options.kubeconfig === undefined ? {} : { KUBECONFIG: options.kubeconfig }) };
  return new Promise((resolve) => {
    const child = execFile(path, [...args], { env, maxBuffer: 64 << 20 }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : typeof error.code === "number" ? error.code : 1, stdout, stderr }),
    );
    child.stdin?.end(options.input ?? "");
  });
}

/** Runs a tool that must succeed. */
export async function mustRun(...call: Parameters<typeof runTool>): Promise<string> {
  const { code, stdout, stderr } = await runTool(...call);
  if (code !== 0) throw new Error(`${call[0]} ${call[1].join(" ")}: exit ${code}\n${stderr}\n${stdout}`);
  return stdout;
}

/** The chart's objects, as release "dharma" in `namespace`. */
export async function render(args: readonly string[] = [], namespace = "dharma-system"): Promise<readonly Rendered[]> {
  const text = await mustRun("helm", ["template", "dharma", chart, "--namespace", namespace, ...args]);
  return parseAllDocuments(text).flatMap((document) => {
    const value: unknown = document.toJS();
    return isRendered(value) ? [value] : [];
  });
}

function isRendered(value: unknown): value is Rendered {
  return typeof value === "object" && value !== null && "kind" in value && "metadata" in value;
}

/** The field at a path of names and indexes; undefined where there is none. */
export function at(value: unknown, ...path: readonly (string | number)[]): unknown {
  return path.reduce<unknown>(
    (inner, step) => (typeof inner === "object" && inner !== null ? Reflect.get(inner, step) : undefined),
    value,
  );
}

/** The list at a path; empty where there is none. */
export function listAt(value: unknown, ...path: readonly (string | number)[]): readonly unknown[] {
  const found = at(value, ...path);
  return Array.isArray(found) ? found : [];
}

/** The one object of a kind and name; throws when it is not there. */
export function objectOf(objects: readonly Rendered[], kind: string, name: string): Rendered {
  const found = objects.find((object) => object.kind === kind && object.metadata.name === name);
  if (found === undefined) throw new Error(`the chart renders no ${kind} ${name}`);
  return found;
}
