// Support of this folder's tests: a real Prometheus server on loopback, and endpoints for it to scrape.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";

/** An endpoint whose text can be changed; undefined answers 503. */
export interface Endpoint {
  readonly address: string;
  text: string | undefined;
  close(): Promise<void>;
}

/** Serves on a free port of loopback. */
export async function endpoint(text: string): Promise<Endpoint> {
  const server: Server = createServer((_request, response) => {
    response.writeHead(made.text === undefined ? 503 : 200, { "content-type": "text/plain; version=0.0.4" });
    response.end(made.text);
  });
  const address = `127.0.0.1:${await listen(server)}`;
  const close = async () => {
    server.closeAllConnections();
    server.close();
    await once(server, "close");
  };
  const made: Endpoint = { address, text, close };
  return made;
}

export interface PrometheusServer {
  readonly url: string;
  stop(): Promise<void>;
}

/** Starts `program`, scraping each target twice a second. Rejects with its last words when it does not get ready. */
export async function startPrometheus(program: string, targets: readonly string[]): Promise<PrometheusServer> {
  const folder = await mkdtemp(join(tmpdir(), "dharma-prometheus-"));
  const probe = createServer();
  const port = await listen(probe);
  probe.close();
  await once(probe, "close");
  const jobs = targets.map((target, index) => ({ job_name: `job-${index}`, static_configs: [{ targets: [target] }] }));
  // JSON is YAML.
  const config = { global: { scrape_interval: "500ms", scrape_timeout: "500ms" }, scrape_configs: jobs };
  await writeFile(join(folder, "prometheus.yml"), JSON.stringify(config));
  const flags = ["--config.file=prometheus.yml", `--web.listen-address=127.0.0.1:${port}`, "--storage.tsdb.path=data"];
  const child = spawn(program, flags, { cwd: folder, stdio: ["ignore", "ignore", "pipe"] });
  const onExit = () => child.kill("SIGKILL");
  process.once("exit", onExit);
  let words = "";
  child.stderr.on("data", (chunk: Buffer) => {
    words = (words + chunk.toString("utf8")).slice(-2000);
  });
  const exited = once(child, "exit");
  const stop = async () => {
    child.kill("SIGKILL");
    await exited;
    process.removeListener("exit", onExit);
    await rm(folder, { recursive: true, force: true });
  };
  const url = `http://127.0.0.1:${port}`;
  for (let tries = 0; tries < 300; tries += 1) {
    if (child.exitCode !== null) break;
    const ready = await fetch(`${url}/-/ready`).then(
      ({ ok }) => ok,
      () => false,
    );
    if (ready) return { url, stop };
    await setTimeout(100);
  }
  await stop();
  throw new Error(`prometheus did not get ready: ${words}`);
}

async function listen(server: Server): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}
