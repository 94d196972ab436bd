// Free ports on loopback.
import { createServer } from "node:net";

/**
 * Below what Linux (32768) and IANA (49152) hand out to outgoing connections: a port of theirs can be taken by any client
 * between the moment it is found free and the moment the server that is meant for it listens.
 */
const lowest = 12_000;
const highest = 32_000;

/** `count` different ports nobody listens on at this moment; only another server may still take one before it is used. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const ports = new Set<number>();
  for (let attempts = 0; ports.size < count; attempts += 1) {
    if (attempts > 1_000) throw new Error(`no ${count} free ports from ${lowest} to ${highest} on 127.0.0.1`);
    const port = lowest + Math.floor(Math.random() * (highest - lowest));
    if (!ports.has(port) && (await isFree(port))) ports.add(port);
  }
  return [...ports];
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}
