// Free ports on loopback.
import { createServer } from "node:net";

/** `count` different ports nobody listens on at this moment; another process may still take one before it is used. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const servers = await Promise.all(
    Array.from(
      { length: count },
      () =>
        new Promise<{ port: number; close: () => Promise<void> }>((resolve, reject) => {
          const server = createServer();
          server.once("error", reject);
          server.listen(0, "127.0.0.1", () => {
            const address = server.address();
            if (address === null || typeof address === "string") return reject(new Error("no port"));
            resolve({ port: address.port, close: () => new Promise((done) => server.close(() => done())) });
          });
        }),
    ),
  );
  await Promise.all(servers.map((server) => server.close()));
  return servers.map((server) => server.port);
}
