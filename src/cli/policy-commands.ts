// `dharma policy replay` and `dharma policy suggest`: their flags, and what each calls.
import { type Command, Option } from "commander";
import type { DecisionPoint } from "../policy/index.ts";
import { type ClusterFlags, CommandError, withCluster } from "./connect.ts";
import type { ReplayOutcome, ReplayRequest } from "./policy-replay.ts";
import type { SuggestRequest } from "./policy-suggest.ts";
import { defaultPlace, type SettingsPlace } from "./policy-settings.ts";

interface ReplayFlags extends ClusterFlags, SettingsPlace {
  readonly file?: string;
  readonly save?: string;
  readonly point: DecisionPoint;
  readonly bundle: readonly string[];
  readonly policies: readonly string[];
  readonly atSettings: "recorded" | "current";
  readonly opa?: string;
  readonly output: ReplayRequest["format"];
}

const collect = (value: string, earlier: readonly string[]): readonly string[] => [...earlier, value];

interface SuggestFlags extends ClusterFlags, SettingsPlace {
  readonly allNamespaces?: true;
  readonly output: SuggestRequest["format"];
}

/** Adds the commands; `clusterCommand` makes one with kubectl's flags. */
export function policyCommands(
  clusterCommand: (usage: string, description: string) => Command,
  signal: AbortSignal,
): void {
  clusterCommand(
    "replay [run]",
    "decides again what a plan was judged by: exit code 0 when the answer is the recorded one, 1 when it differs (RUN or a Blueprint's name; needs the verb export)",
  )
    .option("--file <file>", "an input from a file, without a cluster: one that --save wrote, or an input alone")
    .addOption(
      new Option("--point <point>", "of a file that is an input alone")
        .choices(["Admission", "Plan", "Remediation", "Edge"])
        .default("Plan"),
    )
    .option("--save <file>", "write the input and what was decided to this file, which only you may read")
    .option(
      "--bundle <file>",
      "decide by this compiled bundle instead of the built-in one (may be repeated)",
      collect,
      [],
    )
    .option("--policies <dir>", "decide by the policies of this folder, or built-in (may be repeated)", collect, [])
    .addOption(
      new Option("--at-settings <when>", "settings and exceptions")
        .choices(["recorded", "current"])
        .default("recorded"),
    )
    .option("--operator-namespace <name>", "where the settings of now are", defaultPlace.operatorNamespace)
    .option("--policy-config <name>", "ConfigMap with the settings of now", defaultPlace.policyConfig)
    .option("--opa <path>", "the opa CLI, for policies that are not compiled (default: PATH, then the cache)")
    .addOption(new Option("-o, --output <format>", "form").choices(["table", "json"]).default("table"))
    .action(async (name: string | undefined, flags: ReplayFlags) => {
      const { fetchReplayable, fileReplayable, replay, saveReplayable, settingsNow } =
        await import("./policy-replay.ts");
      const { bundle, policies, opa, output: format, file } = flags;
      const request = { bundles: bundle, policies, opa, format };
      const tell = ({ text, same }: ReplayOutcome): void => {
        process.stdout.write(text);
        if (same === false) process.exitCode = 1;
      };
      if (file !== undefined) {
        if (flags.atSettings === "current") throw new CommandError("A file is replayed under the settings it holds.");
        return tell(await replay(await fileReplayable(file, flags.point), file, undefined, request, signal));
      }
      if (name === undefined) throw new CommandError("Name a run or a Blueprint, or a file with --file.");
      return withCluster(flags, signal, async (kube, namespace) => {
        const { run, replayable } = await fetchReplayable(kube, namespace, name, signal);
        if (flags.save !== undefined) await saveReplayable(flags.save, replayable, run.metadata.name);
        const settings =
          flags.atSettings === "current" ? await settingsNow(kube, flags, run, Date.now(), signal) : undefined;
        const of = `run ${run.metadata.name} (Blueprint ${namespace}/${run.spec.blueprintRef.name})`;
        tell(await replay(replayable, of, settings, request, signal));
      });
    });

  clusterCommand(
    "suggest",
    "what decisions, scores and exceptions of the last 30 days suggest to change; changes nothing",
  )
    .option("-A, --all-namespaces", "the whole cluster")
    .option("--operator-namespace <name>", "where the policy settings are", defaultPlace.operatorNamespace)
    .option("--policy-config <name>", "ConfigMap with the policy settings", defaultPlace.policyConfig)
    .addOption(new Option("-o, --output <format>", "form").choices(["table", "yaml", "json"]).default("table"))
    .action((flags: SuggestFlags) =>
      withCluster(flags, signal, async (kube, current) => {
        const { policySuggest } = await import("./policy-suggest.ts");
        const { operatorNamespace, policyConfig, output: format } = flags;
        const namespace = flags.allNamespaces === true ? "" : current;
        const request = { namespace, format, operatorNamespace, policyConfig };
        process.stdout.write(await policySuggest(kube, request, Date.now(), signal));
      }),
    );
}
