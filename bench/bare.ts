// `pulumi up --skip-preview` of a graph's inline program on a file backend, as a person's own script would run it.
import { mkdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { LocalWorkspace, PulumiCommand } from "@pulumi/pulumi/automation/index.js";
import type { OperationJob, ResourceGraph } from "../src/provision/index.ts";
import { createSdkCatalog } from "../src/provision/index.ts";
import { loadMakers } from "../src/provision/program/classes.ts";
import { createProgram } from "../src/provision/program/program.ts";
import { providerSecrets } from "../src/provision/worker/environment.ts";

/** What is to be built, and where. */
export interface BareOrder {
  readonly graph: ResourceGraph;
  readonly ports: Readonly<Record<string, number>>;
  readonly folder: string;
  readonly cli: string;
  readonly credentials: Readonly<Record<string, string>>;
}

const order = JSON.parse(await readFile(process.argv[2] ?? "", "utf8")) as BareOrder;
const { graph, ports, folder, cli, credentials } = order;
const makers = await loadMakers(new Set(graph.nodes.map(({ type }) => type)), createSdkCatalog());
const secrets = providerSecrets({ plugins: { kind: "attached", ports }, credentials } as OperationJob);
const program = createProgram(graph, makers, secrets);
const state = join(folder, "state");
await mkdir(state);
process.env["PATH"] = `${dirname(cli)}:${process.env["PATH"] ?? ""}`;
const stack = await LocalWorkspace.createOrSelectStack(
  { stackName: "bare", projectName: "bench", program: program.run },
  {
    workDir: folder,
    pulumiHome: join(folder, "home"),
    pulumiCommand: await PulumiCommand.get({ skipVersionCheck: true }),
    envVars: {
      PULUMI_BACKEND_URL: pathToFileURL(state).href,
      PULUMI_CONFIG_PASSPHRASE: "bench",
      PULUMI_SKIP_UPDATE_CHECK: "true",
      PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
      PULUMI_DEBUG_PROVIDERS: Object.entries(ports)
        .map(([name, port]) => `${name}:${port}`)
        .join(","),
    },
  },
);
// The Automation API's `up` is `pulumi up --yes --skip-preview`.
const { summary } = await stack.up();
if (summary.result !== "succeeded") throw new Error(`pulumi up: ${summary.result}`);
