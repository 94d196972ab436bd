// One key ring, a key of its own for every purpose: what leaks through one tells nothing about another.
import { createSecretKey, hkdfSync } from "node:crypto";
import type { KeyRing } from "../provision/state/index.ts";
import type { OperatorKeys } from "./options.ts";

/** Derives all keys of the operator but those of the state, which uses the ring itself. */
export function operatorKeys(ring: KeyRing): OperatorKeys {
  const ids = [ring.current, ...[...ring.keys.keys()].filter((id) => id !== ring.current)];
  const derived = (purpose: string) =>
    ids.map((id) => ({ id: id.replaceAll("_", "-"), secret: derive(ring, id, purpose) }));
  const pair = (purpose: string) => {
    const [current, ...former] = derived(purpose);
    if (current === undefined) throw new Error("the key ring is empty");
    return { current, former };
  };
  const inputs = pair("inputs");
  return {
    approvals: pair("approvals"),
    audit: pair("audit"),
    references: pair("references"),
    // Digests must stay equal when the key is exchanged, or everything would be planned anew: the oldest key makes them.
    inputs: (inputs.former.at(-1) ?? inputs.current).secret,
    policy: pair("policy").current,
  };
}

function derive(ring: KeyRing, id: string, purpose: string): Uint8Array {
  const key = ring.keys.get(id);
  if (key === undefined) throw new Error(`the key ring has no key ${id}`);
  return new Uint8Array(hkdfSync("sha256", createSecretKey(key), new Uint8Array(0), `dharma ${purpose}`, 32));
}
