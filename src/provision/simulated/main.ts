// The simulated cloud as a process of its own: prints one JSON line with its addresses, ends on SIGINT or SIGTERM.
import { parseArgs } from "node:util";
import { systemClock } from "../../kube/clock.ts";
import { startSimulatedCloud } from "./cloud.ts";

const usage =
  "node src/provision/simulated/main.ts [--control-port PORT] [--aws-port PORT] [--azure-native-port PORT] [--gcp-port PORT] [--data-file FILE]";

async function main(): Promise<void> {
  const text = { type: "string" } as const;
  const { values } = parseArgs({
    options: { "control-port": text, "aws-port": text, "azure-native-port": text, "gcp-port": text, "data-file": text },
  });
  const stop = new AbortController();
  for (const name of ["SIGINT", "SIGTERM"] as const) process.once(name, () => stop.abort(new Error(name)));
  const cloud = await startSimulatedCloud({
    signal: stop.signal,
    clock: systemClock,
    random: Math.random,
    controlPort: port("control-port", values["control-port"]),
    providerPorts: {
      aws: port("aws-port", values["aws-port"]),
      "azure-native": port("azure-native-port", values["azure-native-port"]),
      gcp: port("gcp-port", values["gcp-port"]),
    },
    ...(values["data-file"] === undefined ? {} : { dataFile: values["data-file"] }),
  });
  const { id, providers, debugProviders, control } = cloud;
  console.log(JSON.stringify({ id, control, providers, debugProviders }));
  await cloud.closed;
}

function port(name: string, value: string | undefined): number {
  const number = Number(value ?? 0);
  if (!Number.isInteger(number) || number < 0 || number > 65_535)
    throw new Error(`--${name} must be a port, got ${value ?? ""}`);
  return number;
}

main().catch((error: unknown) => {
  console.error(`${error instanceof Error ? error.message : String(error)}\n${usage}`);
  process.exitCode = 1;
});
