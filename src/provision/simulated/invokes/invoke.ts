// Functions of the packages: lookups of the caller, of regions and images, and of resources that exist.
import { CloudError } from "../errors.ts";
import type { Identity } from "../identity.ts";
import { nearestName } from "../nearest.ts";
import type { CloudParts } from "../admission.ts";
import type { PackageTables } from "../tables/tables.ts";
import type { JsonObject } from "../values.ts";
import { awsFunctions } from "./aws.ts";
import { azureFunctions, azureGetter } from "./azure.ts";
import { gcpFunctions } from "./gcp.ts";

export interface InvokeContext {
  readonly parts: CloudParts;
  readonly tables: PackageTables;
  readonly identity: Identity;
}

/** The result of one function. Throws CloudError when nothing is found or the arguments are no good. */
export type CloudFunction = (context: InvokeContext, args: JsonObject) => JsonObject;

const functions: Readonly<Record<string, CloudFunction>> = { ...awsFunctions, ...azureFunctions, ...gcpFunctions };

/** Calls the function named `token`. An unknown one is refused with the nearest known name. */
export function invoke(context: InvokeContext, token: string, args: JsonObject): JsonObject {
  const found = functions[token] ?? azureGetter(context.tables, token);
  if (found !== undefined) return found(context, args);
  const known = Object.keys(functions).filter((name) => name.startsWith(`${context.tables.package}:`));
  const near = nearestName(token, known);
  const hint = near === undefined ? `It knows: ${known.join(", ")}.` : `Did you mean ${near}?`;
  throw new CloudError(
    "invalid",
    "UnknownFunction",
    `the simulated ${context.tables.package} provider has no function ${token}. ${hint}`,
  );
}
