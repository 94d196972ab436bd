// Compiles policies/ into dist/policies; prints the path of the bundle. Usage: build-policies.ts [PATH-OF-OPA]
import { join } from "node:path";
import { installTools } from "../src/local/index.ts";
import { compiledBundlePath } from "../src/policy/index.ts";

const stop = new AbortController();
process.once("SIGINT", () => stop.abort(new Error("interrupted")));

const given = process.argv[2];
const opa = given ?? (await installed());
const path = await compiledBundlePath(join(import.meta.dirname, "../policies"), { opa, signal: stop.signal });
process.stdout.write(`${path}\n`);

async function installed(): Promise<string | undefined> {
  const paths = await installTools({
    names: ["opa"],
    env: process.env,
    signal: stop.signal,
    onProgress: () => undefined,
  });
  return paths.opa;
}
