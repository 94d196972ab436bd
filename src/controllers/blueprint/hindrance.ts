// What is in the way of reading an input, and reading that tells it so.
import type { Reason } from "../../api/index.ts";
import { isKubeError } from "../../kube/index.ts";

/** Something in the way, thrown between the functions that read inputs and credentials only. */
export class Hindrance extends Error {
  readonly kind: "missing" | "waiting" | "refused";
  readonly reason: Reason;
  constructor(kind: Hindrance["kind"], reason: Reason, message: string) {
    super(message);
    this.kind = kind;
    this.reason = reason;
  }
}

/** Reads an object; rejects with a Hindrance where it is not there or may not be read. */
export async function found<T>(what: string, read: () => Promise<T>, reason: Reason = "InputMissing"): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (isKubeError(error, "notFound")) throw new Hindrance("missing", reason, `${what} is not there: create it`);
    if (isKubeError(error, "forbidden")) {
      throw new Hindrance(
        "missing",
        reason,
        `the operator may not read ${what}: grant it get on that name in this namespace`,
      );
    }
    throw error;
  }
}

/** An input that is not there. */
export function missing(message: string): Hindrance {
  return new Hindrance("missing", "InputMissing", message);
}

/** The text of a Secret's entry. */
export function text(base64: string): string {
  return Buffer.from(base64, "base64").toString("utf8");
}
