// Flags of `npm start`.
import { parseArgs } from "node:util";

export interface StartOptions {
  /** Leave everything running in the background when the demonstration is over. */
  readonly keep: boolean;
  /** A context of the user's kubeconfig to use instead of the embedded control plane. */
  readonly cluster: string | undefined;
  readonly demo: boolean;
  /** Set in the background process of --keep: where it works and tells how far it is. */
  readonly folder: string | undefined;
}

export const startHelp = `npm start -- [options]

Starts a real control plane and a simulated cloud on this machine, runs the operator, applies examples/,
shows drift being healed, and waits. Ctrl-C ends everything.

  --keep             leave it running in the background, and print how to stop it
  --cluster CONTEXT  use this context of your kubeconfig instead of the embedded control plane
                     (the cloud stays simulated; the CRDs and examples are applied to that cluster)
  --no-demo          only start; apply nothing
  --help             this text

DHARMA_CACHE moves the folder where tools and kept control planes live (default ~/.cache/dharma).`;

/** Throws an Error with a sentence for the user when a flag is unknown or lacks its value. */
export function parseStartOptions(args: readonly string[]): StartOptions | "help" {
  const { values } = parseArgs({
    args: [...args],
    options: {
      keep: { type: "boolean", default: false },
      cluster: { type: "string" },
      "no-demo": { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
      folder: { type: "string" },
    },
    strict: true,
  });
  if (values.help) return "help";
  return { keep: values.keep, cluster: values.cluster, demo: !values["no-demo"], folder: values.folder };
}
