// What a token allows on which stack. Every handler begins here.
import { StateError } from "../errors.ts";
import { stackPath } from "../stack.ts";
import type { StackId } from "../stack.ts";
import type { Claims, Rights } from "../tokens.ts";

export type UpdateClaims = Extract<Claims, { kind: "update" }>;
export type CallerClaims = Exclude<Claims, { kind: "update" }>;

/** The claims, if they reach `stack` with `rights`. */
export function mayTouch(claims: Claims, stack: StackId, rights: Rights): CallerClaims {
  if (claims.kind === "update") throw refused("an update token is for reporting an update's progress only");
  const reaches =
    claims.kind === "person"
      ? claims.organization === "*" || claims.organization === stack.organization
      : stackPath(claims.stack) === stackPath(stack);
  if (!reaches) throw refused(`this token is not for the stack ${stackPath(stack)}`);
  if (rights === "write" && claims.rights !== "write") throw refused("this token may read, not change");
  return claims;
}

/** The claims, if they are those of this very update. */
export function mayReport(claims: Claims, stack: StackId, updateId: string): UpdateClaims {
  if (claims.kind !== "update") throw refused("progress of an update is reported with the update's own token");
  if (claims.updateId !== updateId || stackPath(claims.stack) !== stackPath(stack)) {
    throw refused("this update token is for another update");
  }
  return claims;
}

/** Who calls, for history and messages. */
export function callerName(claims: Claims): string {
  return claims.kind === "person" ? claims.user : claims.holder;
}

function refused(why: string): StateError {
  return new StateError("unauthorized", `${why}; ask the operator for a token with \`dharma export\``);
}
