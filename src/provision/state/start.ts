// Puts the state service together: store, keys, leases, HTTP.
import { randomBytes } from "node:crypto";
import type { Clock } from "../../kube/index.ts";
import { stateContext } from "./context.ts";
import type { EngineEventSink } from "./events.ts";
import { plain } from "./history.ts";
import { EventStreams } from "./http/event-streams.ts";
import { RequestedUpdates } from "./http/requested.ts";
import { listen } from "./http/server.ts";
import { parseImport } from "./integrity.ts";
import type { KeyRing } from "./keys.ts";
import { acquire, cancel, LeaseWatch, release, renew } from "./leases.ts";
import { ensureStack, removeStack, summaryOf, sweep } from "./lifecycle.ts";
import { assertWithin, defaultLimits, expectedRoom } from "./limits.ts";
import type { StateLimits } from "./limits.ts";
import { stateBytes } from "./head.ts";
import * as records from "./records.ts";
import type { Entropy } from "./seal.ts";
import { revealedState } from "./reveal.ts";
import type { StateService } from "./service.ts";
import { stackPath } from "./stack.ts";
import type { StackStore } from "./store.ts";
import { signToken } from "./tokens.ts";
import { digestOf, exportState, importState, outputsOf } from "./transfer.ts";

export interface StateServiceOptions {
  readonly store: StackStore;
  readonly keys: KeyRing;
  readonly clock: Clock;
  /** Engine events of all operations, in order within each. */
  readonly onEngineEvent: EngineEventSink;
  /** Failures that are not the caller's fault. */
  readonly onFailure: (call: string, error: unknown) => void;
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** Default 0: any free port. */
  readonly port?: number;
  /** Default 8 MiB a stack, 512 MiB in all. */
  readonly limits?: StateLimits;
  /** How long a call waits for an API server that is away. Default 4 minutes: less than a lease. */
  readonly patienceMs?: number;
  /** Default 5 minutes, which is what the pulumi CLI assumes. */
  readonly leaseMs?: number;
  /** See context.ts; default 190 s: the CLI renews within 187.5 s. */
  readonly observationMs?: number;
  /** Default: the machine's. */
  readonly entropy?: Entropy;
}

/** Starts the service. The caller closes it. */
export async function startStateService(options: StateServiceOptions): Promise<StateService> {
  const ctx = {
    ...stateContext({
      store: options.store,
      ring: options.keys,
      clock: options.clock,
      entropy: options.entropy ?? randomBytes,
      limits: options.limits ?? defaultLimits,
      patienceMs: options.patienceMs ?? 240_000,
      leaseMs: options.leaseMs ?? 300_000,
      observationMs: options.observationMs ?? 190_000,
    }),
    watch: new LeaseWatch(),
    streams: new EventStreams(options.onEngineEvent),
  };
  const server = await listen(
    { ...ctx, requested: new RequestedUpdates(ctx.clock, ctx.newId) },
    { host: options.host ?? "127.0.0.1", port: options.port ?? 0, onFailure: options.onFailure },
  );
  return {
    url: server.url,
    ensureStack: async (stack, owner, signal) => summaryOf(await ensureStack(ctx, stack, owner, signal)),
    acquire: async (request, signal) => {
      if (request.owner) await ensureStack(ctx, request.stack, request.owner, signal);
      return acquire(ctx, ctx.watch, request, signal);
    },
    renew: (lease, signal) => renew(ctx, lease, signal),
    release: (lease, signal) => release(ctx, lease, signal),
    cancel: (stack, _reason, signal) => cancel(ctx, stack, signal),
    issueToken: ({ lease, rights, expireTime, operation }) =>
      signToken(ctx.ring, {
        kind: "lease",
        stack: lease.stack,
        epoch: lease.epoch,
        holder: lease.holder,
        rights,
        expireTime,
        ...(operation === undefined ? {} : { operation }),
      }),
    issueAdminToken: (request) => signToken(ctx.ring, { kind: "person", ...request }),
    find: async (stack, signal) => {
      const head = await ctx.cell(stack).read(signal);
      return head && summaryOf(head);
    },
    list: async (selection, signal) =>
      (await ctx.store.listHeads(selection, signal)).map(({ head }) => summaryOf(head)),
    exportStack: (stack, signal) => exportState(ctx, stack, undefined, signal),
    revealStack: (stack, signal) => revealedState(ctx, stack, signal),
    importStack: async (stack, deployment, signal) => {
      const by = { holder: "operator", message: "import", lease: undefined, id: ctx.newId() };
      await importState(ctx, stack, parseImport(deployment), by, signal);
    },
    stateDigest: (stack, signal) => digestOf(ctx, stack, signal),
    outputs: (stack, signal) => outputsOf(ctx, stack, signal),
    history: async (stack, signal) => {
      const head = await ctx.cell(stack).mustRead(signal);
      return (await ctx.contents.getHistory(head, signal)).map(plain);
    },
    remove: (stack, mode, signal) => removeStack(ctx, stack, mode, signal),
    sealCredentials: (lease, credentials, signal) => records.sealCredentials(ctx, lease, credentials, signal),
    openCredentials: (stack, signal) => records.openCredentials(ctx, stack, signal),
    recordCloudIdentity: (lease, identity, signal) => records.recordCloudIdentity(ctx, lease, identity, signal),
    putArtifact: (stack, name, bytes, signal) => records.putArtifact(ctx, stack, name, bytes, signal),
    getArtifact: (stack, name, signal) => records.getArtifact(ctx, stack, name, signal),
    deleteArtifacts: (stack, names, signal) => records.deleteArtifacts(ctx, stack, names, signal),
    assertRoom: async (stack, moreResources, signal) => {
      const head = await ctx.cell(stack).read(signal);
      const room = { stackBytes: head ? stateBytes(head) : 0, totalBytes: await ctx.usage.total(signal) };
      const expected = expectedRoom(room, head?.checkpoint?.resources ?? 0, moreResources);
      assertWithin(ctx.limits, expected, stackPath(stack));
    },
    collectGarbage: (signal) => sweep(ctx, signal),
    close: (signal) => server.close(signal),
  };
}
