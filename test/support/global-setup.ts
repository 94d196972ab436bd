// Serves one shared control plane to all test files of a run; it starts when the first test asks for it.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { TestProject } from "vitest/node";
import { type ControlPlane, installTools, startControlPlane, tellProgress, testTools } from "../../src/local/index.ts";

declare module "vitest" {
  interface ProvidedContext {
    planeBroker: string;
  }
}

export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const stop = new AbortController();
  let plane: Promise<ControlPlane> | undefined;
  const start = async (): Promise<ControlPlane> => {
    const progress = tellProgress(
      (line) => process.stderr.write(`${line}\n`),
      () => performance.now(),
    );
    try {
      const paths = await installTools({
        names: testTools,
        env: process.env,
        signal: stop.signal,
        onProgress: progress.tell,
      });
      return await startControlPlane({ components: ["controllerManager"], tools: paths, signal: stop.signal });
    } finally {
      progress.stop();
    }
  };
  const server = createServer((_request, response) => {
    plane ??= start();
    plane.then(
      ({ url, kubeconfigPath, caFile, adminToken }) =>
        response.end(JSON.stringify({ url, kubeconfigPath, caFile, adminToken })),
      (error: unknown) => {
        response.statusCode = 500;
        response.end(error instanceof Error ? error.message : String(error));
      },
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  project.provide("planeBroker", `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  return async () => {
    stop.abort(new Error("tests are over"));
    server.close();
    await (await plane?.catch(() => undefined))?.stop();
  };
}
