// The heap of a running Node process after a collection, asked through its inspector (Chrome DevTools Protocol).
import { systemClock } from "../src/kube/index.ts";

/**
 * Live bytes of the main thread's heap. The process must have been started with `--inspect-port=PORT`, which costs nothing until
 * SIGUSR1 opens the inspector here.
 */
export async function liveHeapBytes(pid: number, port: number, signal: AbortSignal): Promise<number> {
  process.kill(pid, "SIGUSR1");
  const socket = new WebSocket(await debuggerUrl(port, signal));
  try {
    await new Promise<void>((resolve, reject) => {
      socket.addEventListener("open", () => resolve(), { once: true });
      socket.addEventListener("error", () => reject(new Error(`the inspector of ${pid} refused`)), { once: true });
    });
    // Twice: finalizers of the first round free what the second collects.
    await call(socket, 1, "HeapProfiler.collectGarbage");
    await call(socket, 2, "HeapProfiler.collectGarbage");
    const usage = await call(socket, 3, "Runtime.getHeapUsage");
    const bytes: unknown = Reflect.get(usage, "usedSize");
    if (typeof bytes !== "number") throw new Error("the inspector did not tell the size of the heap");
    return bytes;
  } finally {
    socket.close();
  }
}

async function debuggerUrl(port: number, signal: AbortSignal): Promise<string> {
  for (let attempt = 1; ; attempt++) {
    try {
      const answer = await fetch(`http://127.0.0.1:${port}/json/list`, { signal });
      const [target] = (await answer.json()) as { readonly webSocketDebuggerUrl: string }[];
      if (target !== undefined) return target.webSocketDebuggerUrl;
    } catch (error) {
      if (signal.aborted || attempt >= 100) throw error;
    }
    await systemClock.sleep(100, signal);
  }
}

function call(socket: WebSocket, id: number, method: string): Promise<object> {
  return new Promise((resolve, reject) => {
    const onMessage = ({ data }: MessageEvent): void => {
      const message = JSON.parse(String(data)) as { id?: number; result?: object; error?: { message: string } };
      if (message.id !== id) return;
      socket.removeEventListener("message", onMessage);
      if (message.result === undefined) reject(new Error(message.error?.message ?? `${method} failed`));
      else resolve(message.result);
    };
    socket.addEventListener("message", onMessage);
    socket.addEventListener("close", () => reject(new Error("the inspector closed")), { once: true });
    socket.send(JSON.stringify({ id, method }));
  });
}
