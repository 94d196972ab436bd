// One attached engine: its connection, who it is, and what it may be told.
import type { CloudPackage } from "../contract.ts";
import type { Identity } from "../identity.ts";

/** What Configure left behind. */
export interface Session {
  readonly identity: Identity;
  /** `organisation-free` stack and project of the provider's URN, to find the session again after a reconnect. */
  readonly stack: string;
  /** Aborted by Cancel: calls in flight stop. */
  readonly cancel: AbortController;
}

/** Engines open one connection for each provider resource, so a connection has one configuration. Bounded; the oldest go first. */
export class Sessions {
  readonly #byPeer = new Map<string, Session>();
  readonly #limit = 5_000;

  set(peer: string, session: Session): void {
    this.#byPeer.delete(peer);
    this.#byPeer.set(peer, session);
    if (this.#byPeer.size <= this.#limit) return;
    const [oldest] = this.#byPeer.keys();
    if (oldest !== undefined) this.#byPeer.delete(oldest);
  }

  /**
   * The session of this connection. After a reconnect (a new port) it is the one of the same stack, if all of that stack's have one identity.
   * @param urn the resource asked about, "" for calls without one
   */
  get(peer: string, urn: string): Session | undefined {
    const own = this.#byPeer.get(peer);
    if (own !== undefined || urn === "") return own;
    const stack = stackOf(urn);
    const sameStack = [...this.#byPeer.values()].filter((session) => session.stack === stack);
    const accounts = new Set(
      sameStack.map(
        (session) => `${session.identity.account} ${session.identity.region ?? ""} ${session.identity.principal}`,
      ),
    );
    return accounts.size === 1 ? sameStack.at(-1) : undefined;
  }

  /** Aborts what this connection has in flight; later calls start afresh. */
  cancel(peer: string): void {
    const session = this.#byPeer.get(peer);
    if (session === undefined) return;
    session.cancel.abort(new Error("cancelled by the engine"));
    this.#byPeer.set(peer, { ...session, cancel: new AbortController() });
  }
}

/** `stack::project` of a URN. */
export function stackOf(urn: string): string {
  const [stack = "", project = ""] = urn.replace("urn:pulumi:", "").split("::");
  return `${stack}::${project}`;
}

/** The type token of a URN: the last of its `$` chain. */
export function typeOf(urn: string): string {
  return urn.split("::")[2]?.split("$").at(-1) ?? "";
}

export function notConfigured(pkg: CloudPackage): Error {
  return new Error(`the ${pkg} provider was not configured on this connection: Configure comes first`);
}
