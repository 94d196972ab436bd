// `npm run generate`: writes everything that is generated from the schemas and from the rules' annotations; with --check it only tells what differs.
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { generatedFiles } from "../src/api/generate/files.ts";
import { differences, generate } from "../src/api/generate/write.ts";
import { installTools } from "../src/local/index.ts";
import { generatedPolicyFiles } from "../src/policy/generate.ts";

const { values } = parseArgs({ options: { check: { type: "boolean", default: false } } });
const root = fileURLToPath(new URL("..", import.meta.url));
const { signal } = new AbortController();
const { opa } = await installTools({ names: ["opa"], env: process.env, signal, onProgress: () => undefined });
const files = [...generatedFiles(), ...(await generatedPolicyFiles(root, opa ?? "opa", signal))];

if (values.check) {
  const changed = await differences(root, files, signal);
  if (changed.length > 0) {
    console.error(
      `These files differ from what src/api and policies/ generate:\n${changed.map((path) => `  ${path}`).join("\n")}\nRun: npm run generate`,
    );
    process.exitCode = 1;
  }
} else {
  for (const path of await generate(root, files, signal)) console.log(path);
}
