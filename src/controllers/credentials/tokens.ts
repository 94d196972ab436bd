// Keeps tokens of ServiceAccounts in files while workers need them: asked of the API server for the cloud's audience, renewed in
// good time, removed with the last worker that needs them.
import { mkdir, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { isKubeError, type Clock, type Kube } from "../../kube/index.ts";
import type { WantedToken } from "./service-account.ts";

/** The token can't be had: the ServiceAccount is gone, or the operator may not ask. The message says what to do. */
export class TokenRefused extends Error {
  override readonly name = "TokenRefused";
}

export interface IdentityTokens {
  /** Runs `work` while the token's file is there and fresh. Rejects with TokenRefused when there is none to begin with. */
  holding<T>(token: WantedToken, signal: AbortSignal, work: () => Promise<T>): Promise<T>;
}

interface Held {
  users: number;
  readonly stop: AbortController;
  readonly ready: Promise<void>;
  readonly ended: Promise<void>;
}

const lifeSeconds = 3_600;
const retryMs = 15_000;

/** Tokens by file. `kube` needs create on serviceaccounts/token in the namespaces concerned. */
export function createIdentityTokens(kube: Pick<Kube, "post">, clock: Clock): IdentityTokens {
  const held = new Map<string, Held>();
  /** Files whose last keeper is just removing them. */
  const leaving = new Map<string, Promise<void>>();

  const begin = (token: WantedToken): Held => {
    const stop = new AbortController();
    const gone = leaving.get(token.file) ?? Promise.resolve();
    const first = gone.then(() => request(kube, token, stop.signal));
    const ready = first.then(({ text }) => keep(token.file, text));
    const renewing = async (): Promise<void> => {
      let current = await first;
      await ready;
      for (;;) {
        // Before four fifths of its life are over; a failure leaves the last fifth for more tries.
        await clock.sleep(Math.max(1_000, current.lifeMs * 0.8), stop.signal);
        current = await untilRenewed(token, stop.signal);
      }
    };
    const ended = renewing()
      .catch(() => undefined)
      .then(() => rm(token.file, { force: true }));
    ready.catch(() => undefined);
    return { users: 0, stop, ready, ended };
  };

  const untilRenewed = async (token: WantedToken, signal: AbortSignal) => {
    for (;;) {
      try {
        const next = await request(kube, token, signal);
        await keep(token.file, next.text);
        return next;
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof TokenRefused) && !isKubeError(error)) throw error;
        await clock.sleep(retryMs, signal);
      }
    }
  };

  return {
    async holding(token, signal, work) {
      signal.throwIfAborted();
      const entry = held.get(token.file) ?? begin(token);
      held.set(token.file, entry);
      entry.users += 1;
      try {
        await entry.ready;
        return await work();
      } finally {
        entry.users -= 1;
        if (entry.users === 0) {
          held.delete(token.file);
          leaving.set(token.file, entry.ended);
          entry.stop.abort(new Error("no worker needs the token any more"));
          await entry.ended;
          if (leaving.get(token.file) === entry.ended) leaving.delete(token.file);
        }
      }
    },
  };
}

/** authentication.k8s.io/v1 TokenRequest. */
async function request(
  kube: Pick<Kube, "post">,
  { namespace, serviceAccount, audience }: WantedToken,
  signal: AbortSignal,
): Promise<{ readonly text: string; readonly lifeMs: number }> {
  const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${encodeURIComponent(serviceAccount)}/token`;
  const spec = { audiences: [audience], expirationSeconds: lifeSeconds };
  const body = { apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", spec };
  try {
    const answer = await kube.post(path, body, { signal });
    const status = field(answer, "status");
    const text = field(status, "token");
    if (typeof text !== "string") throw new TokenRefused("the API server answered a token request without a token");
    return { text, lifeMs: lifeOf(text) };
  } catch (error) {
    const name = `ServiceAccount ${namespace}/${serviceAccount}`;
    if (isKubeError(error, "notFound"))
      throw new TokenRefused(
        `${name} is gone, and with it the right to its cloud: create it again, or let the administrator name credentials for the namespace in the operator's settings`,
        { cause: error },
      );
    if (isKubeError(error, "forbidden"))
      throw new TokenRefused(
        `the operator may not ask for tokens of ${name}: grant it create on serviceaccounts/token of that name in this namespace`,
        { cause: error },
      );
    throw error;
  }
}

/** From the token itself: issue and expiry are of one clock, which need not be ours. */
function lifeOf(token: string): number {
  try {
    const payload: unknown = JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString("utf8"));
    const [issued, expires] = [field(payload, "iat"), field(payload, "exp")];
    if (typeof issued === "number" && typeof expires === "number") return (expires - issued) * 1_000;
  } catch {
    // A token of another form: half of what was asked for is safe.
  }
  return lifeSeconds * 500;
}

/** Whole or not at all: providers read it whenever they like. */
async function keep(file: string, text: string): Promise<void> {
  const folder = dirname(file);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  // Somebody else on a shared machine may have made it first.
  const { uid, mode } = await stat(folder);
  if ((process.getuid !== undefined && uid !== process.getuid()) || (mode & 0o077) !== 0)
    throw new TokenRefused(`${folder} is open to others: remove it, or give the operator a TMPDIR of its own`);
  const next = `${file}.next`;
  await writeFile(next, text, { mode: 0o600 });
  await rename(next, file);
}

function field(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
}
