// Puts the simulated cloud together and runs it until its signal aborts.
import type { Server } from "node:http";
import type grpc from "@grpc/grpc-js";
import { untilAborted } from "../../kube/index.ts";
import { CallLog } from "./calls.ts";
import { type CloudPackage, cloudPackages, type SimulatedCloud, type SimulatedCloudOptions } from "./contract.ts";
import { Meters } from "./control/metrics-meters.ts";
import { serveControl } from "./control/server.ts";
import { readImage, Saver } from "./datafile.ts";
import { FaultBoard } from "./faults.ts";
import { uuidOf } from "./identity.ts";
import { Provider } from "./provider/provider.ts";
import { serveProvider } from "./provider/service.ts";
import { loadReferences } from "./references.ts";
import { CloudStore } from "./store.ts";
import { loadTables } from "./tables/tables.ts";

interface Running {
  readonly providers: grpc.Server[];
  readonly control: Server[];
}

/**
 * Starts three providers and the control address on 127.0.0.1. Rejects when a port is taken or the data file is no saved cloud; nothing is left
 * running then.
 */
export async function startSimulatedCloud(options: SimulatedCloudOptions): Promise<SimulatedCloud> {
  const { signal, clock, random, dataFile } = options;
  signal.throwIfAborted();
  const image = dataFile === undefined ? undefined : await readImage(dataFile, signal);
  let saver: Saver | undefined;
  const store = new CloudStore({
    id: image?.id ?? uuidOf(`${clock.now()} ${random()}`),
    clock,
    changed: () => saver?.touch(),
  });
  if (image !== undefined) store.load(image);
  if (dataFile !== undefined) {
    saver = new Saver(dataFile, () => store.image());
    saver.touch();
  }
  const tables = loadTables();
  const parts = {
    store,
    references: loadReferences(),
    clock,
    random,
    calls: new CallLog(),
    faults: new FaultBoard({ clock, random }),
    meters: new Meters(),
    tables,
  };
  const running: Running = { providers: [], control: [] };
  try {
    const ports = new Map<CloudPackage, number>();
    for (const name of cloudPackages) {
      const served = await serveProvider(new Provider(tables[name], parts), options.providerPorts?.[name] ?? 0, signal);
      running.providers.push(served.server);
      ports.set(name, served.port);
    }
    const control = await serveControl(parts, options.controlPort ?? 0, signal);
    running.control.push(control.server);
    const portOf = (name: CloudPackage) => ports.get(name) ?? 0;
    return {
      id: store.id,
      providers: { aws: portOf("aws"), "azure-native": portOf("azure-native"), gcp: portOf("gcp") },
      debugProviders: cloudPackages.map((name) => `${name}:${portOf(name)}`).join(","),
      control: control.url,
      closed: stopWhenAborted(signal, running, saver),
    };
  } catch (error) {
    await stop(running);
    throw error;
  }
}

async function stopWhenAborted(signal: AbortSignal, running: Running, saver: Saver | undefined): Promise<void> {
  await untilAborted(signal);
  await stop(running);
  await saver?.flush();
}

async function stop(running: Running): Promise<void> {
  for (const server of running.providers) server.forceShutdown();
  await Promise.all(
    running.control.map((server) => {
      server.closeAllConnections();
      return new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
    }),
  );
}
