// What a rule of a type sees and says. Rules are beside the tables: they know about other resources.
import { CloudError } from "../errors.ts";
import type { Identity } from "../identity.ts";
import type { CloudResource } from "../store.ts";
import type { JsonObject } from "../values.ts";

export interface RuleContext {
  readonly identity: Identity;
  /** Region of the resource in question, and the scope of regional types. */
  readonly region: string;
  /** Resources of a type that this account has where the resource in question lives. */
  readonly ofType: (type: string) => readonly CloudResource[];
  /** Resources of a type whoever owns them: for names that are unique in the world. */
  readonly ofEverybody: (type: string) => readonly CloudResource[];
  /** The resource of `type` that `value` names, by id, name, ARN or self link. */
  readonly resolve: (type: string, value: string) => CloudResource | undefined;
}

export interface TypeRule {
  /** Where the rule comes from. */
  readonly source: string;
  /** Throws CloudError when the cloud would refuse. `self` is the resource to be updated, absent for a creation. */
  readonly verify: (context: RuleContext, inputs: JsonObject, self: CloudResource | undefined) => void;
}

/** Refuses as a bad request. */
export function invalid(code: string, message: string): never {
  throw new CloudError("invalid", code, message);
}
