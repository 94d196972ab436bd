// `npm run generate`: writes everything that is generated from the schemas; with --check it only tells what differs.
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { differences, generate } from "../src/api/generate/write.ts";

const { values } = parseArgs({ options: { check: { type: "boolean", default: false } } });
const root = fileURLToPath(new URL("..", import.meta.url));
const { signal } = new AbortController();

if (values.check) {
  const changed = await differences(root, signal);
  if (changed.length > 0) {
    console.error(
      `These files differ from what src/api generates:\n${changed.map((path) => `  ${path}`).join("\n")}\nRun: npm run generate`,
    );
    process.exitCode = 1;
  }
} else {
  for (const path of await generate(root, signal)) console.log(path);
}
