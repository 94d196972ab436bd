// The control address: HTTP on the loopback interface only.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { answer, type Answer, type ControlParts } from "./routes.ts";
import { BadRequest } from "./requests.ts";

const bodyLimit = 8 * 1024 * 1024;

/** Serves on 127.0.0.1; 0 takes a free port. Rejects when the port is taken. The caller ends the server. */
export async function serveControl(
  parts: ControlParts,
  port: number,
  signal: AbortSignal,
): Promise<{ server: Server; url: string }> {
  signal.throwIfAborted();
  const server = createServer((request, response) => void respond(parts, request, response));
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error) =>
      reject(
        new Error(
          `cannot serve the control address on port ${port}: ${error.message}; choose another port or stop what uses it`,
        ),
      ),
    );
    server.listen(port, "127.0.0.1", resolve);
  });
  const address = server.address();
  const actual = typeof address === "object" && address !== null ? address.port : port;
  return { server, url: `http://127.0.0.1:${actual}` };
}

/** Never rejects: what can't be answered is a 500 with the reason. */
async function respond(parts: ControlParts, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { status, body } = await answerSafely(parts, request);
  const isText = typeof body === "string";
  response.writeHead(status, { "content-type": isText ? "text/plain; version=0.0.4" : "application/json" });
  response.end(isText ? body : `${JSON.stringify(body)}\n`);
}

async function answerSafely(parts: ControlParts, request: IncomingMessage): Promise<Answer> {
  try {
    const url = new URL(request.url ?? "/", "http://127.0.0.1");
    const path = url.pathname
      .split("/")
      .slice(1)
      .filter((segment) => segment !== "")
      .map(decodeURIComponent);
    return answer(parts, {
      method: request.method ?? "GET",
      path,
      query: url.searchParams,
      body: await readBody(request),
    });
  } catch (error) {
    if (error instanceof BadRequest) return { status: 400, body: { error: error.message, example: error.example } };
    if (error instanceof URIError)
      return {
        status: 400,
        body: { error: "the path is not URL-encoded", example: "GET /resources/%2Fsubscriptions%2F..." },
      };
    return { status: 500, body: { error: error instanceof Error ? error.message : String(error) } };
  }
}

async function readBody(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > bodyLimit) throw new BadRequest(`the body is larger than ${bodyLimit} bytes`, "POST /faults {...}");
    chunks.push(chunk);
  }
  const text = Buffer.concat(chunks).toString("utf8");
  if (text.trim() === "") return undefined;
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new BadRequest(
      `the body is not JSON: ${error instanceof Error ? error.message : ""}`,
      'POST /faults {"kind":"throttle","match":{}}',
    );
  }
}
