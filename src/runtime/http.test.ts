// Servers that close: what is being answered ends, what nobody uses goes at once.
import { once } from "node:events";
import { connect } from "node:net";
import { expect, test } from "vitest";
import { serve } from "./http.ts";

test("closing does not wait for a connection on which nothing was ever asked", { timeout: 20_000 }, async () => {
  const server = await serve("127.0.0.1:0", {});
  const unused = connect(server.port, "127.0.0.1");
  await once(unused, "connect");
  const gone = once(unused, "close");
  unused.resume();
  await server.close();
  await gone;
});

test(
  "closing waits for an answer in progress, also while an unused connection is open",
  { timeout: 20_000 },
  async () => {
    const answering = Promise.withResolvers<void>();
    const asked = Promise.withResolvers<void>();
    const server = await serve("127.0.0.1:0", {
      "/slow": async () => {
        asked.resolve();
        await answering.promise;
        return { status: 200, type: "text/plain", body: "done\n" };
      },
    });
    const unused = connect(server.port, "127.0.0.1");
    await once(unused, "connect");
    unused.resume();
    const answer = fetch(`http://127.0.0.1:${server.port}/slow`);
    await asked.promise;
    const closed = server.close();
    answering.resolve();
    expect(await (await answer).text()).toBe("done\n");
    await closed;
  },
);
