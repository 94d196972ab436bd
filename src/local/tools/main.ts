// `npm run -s tools`: installs what is missing and prints {name: path} on stdout; what happens meanwhile goes to stderr.
import { installTools } from "./install.ts";
import { testTools, type ToolName, tools } from "./manifest.ts";
import { tellProgress } from "./progress.ts";

const stop = new AbortController();
for (const name of ["SIGINT", "SIGTERM"] as const) process.once(name, () => stop.abort(new Error("interrupted")));
const asked = process.argv.slice(2);
const unknown = asked.find((name) => !tools.some((tool) => tool.name === name));
if (unknown !== undefined) {
  console.error(`There is no tool ${unknown}. Known: ${tools.map((tool) => tool.name).join(", ")}.`);
  process.exit(2);
}
const names: readonly ToolName[] =
  asked.length === 0 ? testTools : tools.map((tool) => tool.name).filter((name) => asked.includes(name));
const progress = tellProgress(
  (line) => process.stderr.write(`${line}\n`),
  () => performance.now(),
);
try {
  const paths = await installTools({ names, env: process.env, signal: stop.signal, onProgress: progress.tell });
  process.stdout.write(`${JSON.stringify(paths, null, 2)}\n`);
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
} finally {
  progress.stop();
}
