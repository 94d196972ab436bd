import { createServer } from "node:net";
import { expect, test } from "vitest";
import { freePorts } from "./ports.ts";

test("gives different ports that can be listened on, none of which an outgoing connection can take", async () => {
  const ports = await freePorts(20);
  expect(new Set(ports).size).toBe(20);
  expect(ports.filter((port) => port >= 32_768 || port < 1_024)).toEqual([]);
  const [first = 0] = ports;
  const server = createServer();
  await new Promise<void>((resolve) => {
    server.listen(first, "127.0.0.1", resolve);
  });
  await new Promise((resolve) => server.close(resolve));
});
