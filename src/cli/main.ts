// `dharma` and `kubectl dharma`: people's commands. Exit codes: 0 done, 1 refused or failed, 2 wrong usage.
import { writeFile } from "node:fs/promises";
import { Argument, Command, CommanderError, Option } from "commander";
import { isKubeError, KubeConfigError } from "../kube/index.ts";
import { adopt } from "./adopt.ts";
import { answerPlan } from "./approve.ts";
import { type ClusterFlags, CommandError, withCluster } from "./connect.ts";
import { explain } from "./explain.ts";
import { type FeedbackRequest, giveFeedback } from "./feedback.ts";
import { resourceNamed } from "./resource.ts";
import { exportOf, type ExportRequest } from "./export.ts";
import { historyOf } from "./history.ts";
import { passphraseFrom } from "./passphrase.ts";
import { planOf } from "./plan.ts";
import { policyCommands } from "./policy-commands.ts";
import { policyReport, type ReportRequest } from "./policy-report.ts";

const stop = new AbortController();
const print = (lines: readonly string[]): void => console.log(lines.join("\n"));

const program = new Command("dharma")
  .description("Plans, explains and approves what Dharma does to your infrastructure.")
  .showHelpAfterError("(add --help for what a command takes)")
  .exitOverride();

/** A command that talks to a cluster, with kubectl's flags. */
function clusterCommand(usage: string, description: string, parent: Command = program): Command {
  return parent
    .command(usage)
    .description(description)
    .option("--kubeconfig <file>", "kubeconfig file (default: KUBECONFIG, then ~/.kube/config)")
    .option("--context <name>", "context of the kubeconfig")
    .option("-n, --namespace <name>", "namespace (default: that of the context)");
}

program
  .command("operator")
  .description("runs the operator alone, against any cluster")
  .helpOption(false)
  .allowUnknownOption()
  .allowExcessArguments()
  .action(async () => {
    const { main } = await import("../main.ts");
    process.exitCode = await main(process.argv.slice(3));
  });

clusterCommand("plan [blueprint]", "shows the newest plan of a Blueprint; with -f checks a file without a cluster")
  .option("-f, --file <file>", "check the Blueprints of this YAML file; nothing is sent anywhere")
  .action(async (name: string | undefined, flags: ClusterFlags & { readonly file?: string }) => {
    if (flags.file !== undefined) {
      const { checkFile } = await import("./check-file.ts"); // brings the component translations with it
      return print(await checkFile(flags.file));
    }
    if (name === undefined) throw new CommandError("Name a Blueprint, or a file with -f.");
    return withCluster(flags, stop.signal, async (kube, namespace) =>
      print(await planOf(kube, namespace, name, stop.signal)),
    );
  });

clusterCommand(
  "explain <resource>",
  "tells why an object is as it is and what to do next: NAME of a Blueprint, or KIND/NAME",
)
  .option("--replay", "compute the last health score again from its recorded inputs")
  .option("--operator-namespace <name>", "where the operator keeps its records", "dharma-system")
  .action((resource: string, flags: ClusterFlags & { readonly replay?: true; readonly operatorNamespace: string }) =>
    withCluster(flags, stop.signal, async (kube, namespace) => {
      const { operatorNamespace } = flags;
      const request = { resource, operatorNamespace, replay: flags.replay === true ? "newest" : "none" } as const;
      print(await explain(kube, namespace, request, stop.signal));
    }),
  );

clusterCommand(
  "feedback <resource>",
  "says whether the last alarm about an object was right; its threshold learns from it",
)
  .addArgument(new Argument("<answer>", "what it was").choices(["true-alarm", "false-alarm"]))
  .option("--operator-namespace <name>", "where the operator keeps its records", "dharma-system")
  .action((resource: string, answer: FeedbackRequest["answer"], flags: ClusterFlags & { operatorNamespace: string }) =>
    withCluster(flags, stop.signal, async (kube, namespace) => {
      const named = await resourceNamed(kube, namespace, resource, stop.signal);
      const { operatorNamespace } = flags;
      print([await giveFeedback(kube, named, { answer, operatorNamespace }, stop.signal)]);
    }),
  );

for (const verdict of ["approve", "reject"] as const) {
  clusterCommand(`${verdict} <run>`, `${verdict}s the plan that a run waits with: name of the run or of its Blueprint`)
    .option("--plan <id>", "the plan you have read; refused when another one waits")
    .action((name: string, flags: ClusterFlags & { readonly plan?: string }) =>
      withCluster(flags, stop.signal, async (kube, namespace) =>
        print([await answerPlan(kube, namespace, { verdict, name, plan: flags.plan }, stop.signal)]),
      ),
    );
}

clusterCommand("history <blueprint>", "lists what was done to a Blueprint: its runs, the newest first").action(
  (name: string, flags: ClusterFlags) =>
    withCluster(flags, stop.signal, async (kube, namespace) =>
      print(await historyOf(kube, namespace, name, stop.signal)),
    ),
);

clusterCommand(
  "adopt <blueprint> <adoption...>",
  "takes existing cloud resources over: COMPONENT.RESOURCE=CLOUD-ID, or NAME=CLOUD-ID for a raw resource",
)
  .option("--dry-run", "show the change and let the API server check it; nothing is stored")
  .action((name: string, adoptions: readonly string[], flags: ClusterFlags & { readonly dryRun?: true }) =>
    withCluster(flags, stop.signal, async (kube, namespace) => {
      const dryRun = flags.dryRun === true ? "server" : "none";
      print(await adopt(kube, namespace, { name, adoptions, dryRun }, stop.signal));
    }),
  );

interface ExportFlags extends ClusterFlags {
  readonly as: ExportRequest["as"];
  readonly output?: string;
  readonly showSecrets?: true;
  readonly passphrase?: true;
}

clusterCommand("export <blueprint>", "prints a Blueprint's state as Pulumi's deployment JSON (needs the verb export)")
  .addOption(
    new Option("--as <what>", "state: what `pulumi stack export` gives; plan: the newest plan, whole; runs: all runs")
      .choices(["state", "plan", "runs"])
      .default("state"),
  )
  .option("-o, --output <file>", "write to this file, which only you may read")
  .option("--show-secrets", "secrets in clear (needs the verb export-secrets)")
  .option(
    "--passphrase",
    "secrets sealed by PULUMI_CONFIG_PASSPHRASE, for another Pulumi backend (needs the verb export-secrets)",
  )
  .action((name: string, flags: ExportFlags) =>
    withCluster(flags, stop.signal, async (kube, namespace) => {
      const text = await exportOf(
        kube,
        namespace,
        { name, as: flags.as, secrets: await secretsOf(flags) },
        stop.signal,
      );
      if (flags.output === undefined) process.stdout.write(text);
      else await writeFile(flags.output, text, { mode: 0o600 }).catch(unwritten(flags.output));
    }),
  );

const policy = program.command("policy").description("what the policies decided, and how far things comply");

interface ReportFlags extends ClusterFlags {
  readonly allNamespaces?: true;
  readonly output: ReportRequest["format"];
  readonly framework?: string;
}

clusterCommand("report", "compliance of Blueprints: scores by framework, and what fails with its evidence", policy)
  .option("-A, --all-namespaces", "the whole cluster")
  .addOption(new Option("-o, --output <format>", "form").choices(["table", "json", "csv", "html"]).default("table"))
  .option("--framework <name>", "only this framework, e.g. pci-dss-4.0")
  .action((flags: ReportFlags) =>
    withCluster(flags, stop.signal, async (kube, namespace) => {
      const request = {
        namespace: flags.allNamespaces === true ? "" : namespace,
        format: flags.output,
        framework: flags.framework,
        cluster: flags.context ?? "of the current context",
      };
      process.stdout.write(await policyReport(kube, request, Date.now(), stop.signal));
    }),
  );

policyCommands((usage, description) => clusterCommand(usage, description, policy), stop.signal);

async function secretsOf(flags: ExportFlags): Promise<ExportRequest["secrets"]> {
  if (flags.passphrase === true) return { kind: "passphrase", passphrase: await passphraseFrom(process.env) };
  return { kind: flags.showSecrets === true ? "shown" : "sealed" };
}

function unwritten(path: string) {
  return (error: unknown): never => {
    throw new CommandError(`${path} can't be written: ${error instanceof Error ? error.message : String(error)}`);
  };
}

// The operator ends by its own rules (main.ts); every other command simply stops.
if (process.argv[2] !== "operator")
  for (const name of ["SIGINT", "SIGTERM"] as const)
    process.once(name, () => stop.abort(new CommandError("Interrupted.")));

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2;
  else if (error instanceof CommandError || error instanceof KubeConfigError || isKubeError(error)) {
    console.error(error.message);
    process.exitCode = 1;
  } else throw error;
}
