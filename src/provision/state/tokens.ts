// Tokens: who may do what to which stack in which epoch. Signed, so that every replica with the same keys can check them.
import { createHmac, timingSafeEqual } from "node:crypto";
import { isObject } from "./deployment.ts";
import { StateError } from "./errors.ts";
import { deriveKey, keyOf } from "./keys.ts";
import type { KeyRing } from "./keys.ts";
import type { StackId, UpdateKind } from "./stack.ts";

export type Rights = "read" | "write";

/** Times are milliseconds since 1970. */
export type Claims =
  /** An operation of the operator: one stack, one epoch. */
  | {
      readonly kind: "lease";
      readonly stack: StackId;
      readonly epoch: number;
      readonly holder: string;
      readonly rights: Rights;
      readonly expireTime: number;
      readonly operation?: string;
    }
  /** A person. `organization` "*" is all. */
  | {
      readonly kind: "person";
      readonly user: string;
      readonly organization: string;
      readonly rights: Rights;
      readonly expireTime: number;
    }
  /** An update in flight: what `pulumi` sends with its checkpoints. The head's epoch decides how long it is worth something. */
  | {
      readonly kind: "update";
      readonly stack: StackId;
      readonly updateId: string;
      readonly updateKind: UpdateKind;
      readonly epoch: number;
      readonly holder: string;
      readonly expireTime: number;
      readonly operation?: string;
    };

const prefix = "dharma1";

export function signToken(ring: KeyRing, claims: Claims): string {
  const body = Buffer.from(JSON.stringify(claims)).toString("base64url");
  return `${prefix}.${ring.current}.${body}.${mac(ring, ring.current, body).toString("base64url")}`;
}

/** Throws "unauthorized" for anything this service has not signed, or whose time is over (update tokens: see Claims). */
export function verifyToken(ring: KeyRing, token: string, now: number): Claims {
  const [start, keyId = "", body = "", signature = "", ...rest] = token.split(".");
  if (start !== prefix || rest.length > 0 || !ring.keys.has(keyId)) throw refused("it was not issued by this operator");
  const given = Buffer.from(signature, "base64url");
  const right = mac(ring, keyId, body);
  if (given.length !== right.length || !timingSafeEqual(given, right)) throw refused("its signature is wrong");
  const claims: unknown = JSON.parse(Buffer.from(body, "base64url").toString("utf8"));
  if (!isClaims(claims)) throw refused("it is of another version of the operator");
  if (claims.kind !== "update" && claims.expireTime <= now) throw refused("it has expired");
  return claims;
}

function mac(ring: KeyRing, keyId: string, body: string): Buffer {
  return createHmac("sha256", deriveKey(keyOf(ring, keyId), "token"))
    .update(`${keyId}.${body}`)
    .digest();
}

function isClaims(value: unknown): value is Claims {
  return (
    isObject(value) &&
    typeof value["expireTime"] === "number" &&
    (value["kind"] === "lease" || value["kind"] === "person" || value["kind"] === "update")
  );
}

function refused(why: string): StateError {
  return new StateError(
    "unauthorized",
    `the token in PULUMI_ACCESS_TOKEN is refused: ${why}; ask for a new one with \`dharma export\``,
  );
}
