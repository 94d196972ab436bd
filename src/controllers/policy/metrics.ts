// What a dashboard asks about policies: which bundle decides, whether the newest is it, and how loading went.
import { Counter, Gauge, type Registry } from "prom-client";

export interface PolicyMetrics {
  /** `digest` undefined: there is none. `ready`: the newest is in force. */
  bundle(name: string, state: { readonly digest: string | undefined; readonly ready: boolean }): void;
  forget(name: string): void;
  reloaded(result: "success" | "failure"): void;
}

/** Makes them in `registry`; once for each registry. */
export function createPolicyMetrics(registry: Registry): PolicyMetrics {
  const registers = [registry];
  const info = new Gauge({
    name: "dharma_policy_bundle_info",
    help: "1 for each policy bundle that decides",
    labelNames: ["name", "digest"],
    registers,
  });
  const ready = new Gauge({
    name: "dharma_policy_bundle_ready",
    help: "1 when the newest of a policy bundle is in force",
    labelNames: ["name"],
    registers,
  });
  const reloads = new Counter({
    name: "dharma_policy_reload_total",
    help: "Changed policy settings and bundles by result",
    labelNames: ["result"],
    registers,
  });
  for (const result of ["success", "failure"]) reloads.inc({ result }, 0);
  const shown = new Map<string, string>();
  const hide = (name: string) => {
    const digest = shown.get(name);
    if (digest !== undefined) info.remove({ name, digest });
    shown.delete(name);
  };
  return {
    bundle(name, { digest, ready: isReady }) {
      hide(name);
      if (digest !== undefined) {
        info.set({ name, digest }, 1);
        shown.set(name, digest);
      }
      ready.set({ name }, isReady ? 1 : 0);
    },
    forget(name) {
      hide(name);
      ready.remove({ name });
    },
    reloaded: (result) => reloads.inc({ result }),
  };
}
