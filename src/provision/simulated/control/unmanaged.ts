// Resources that no engine made, for adoption and import.
import type { CloudParts } from "../admission.ts";
import { checkInputs } from "../check.ts";
import { type CloudPackage, cloudPackages } from "../contract.ts";
import { CloudError } from "../errors.ts";
import type { Identity } from "../identity.ts";
import { createResource } from "../operations.ts";
import type { CloudResource } from "../store.ts";
import type { PackageTables } from "../tables/tables.ts";
import { isObject, textAt } from "../values.ts";
import { BadRequest, createExample, objectBody, refuseUnknown } from "./requests.ts";

/** Makes what `POST /resources` asks for, by the same rules as a provider; throws BadRequest where the cloud refuses. */
export function makeUnmanaged(
  parts: CloudParts,
  tables: Readonly<Record<CloudPackage, PackageTables>>,
  body: unknown,
): CloudResource {
  const ask = objectBody(body, createExample);
  refuseUnknown(ask, ["package", "account", "region", "zone", "type", "inputs"], "the resource", createExample);
  const type = textAt(ask, "type") ?? "";
  const pkg = cloudPackages.find((name) => name === (ask["package"] ?? type.split(":")[0]));
  const table = pkg === undefined ? undefined : tables[pkg].types.get(type);
  if (pkg === undefined || table === undefined)
    throw new BadRequest(
      `type ${JSON.stringify(ask["type"])} is not simulated: GET /types lists what is`,
      createExample,
    );
  const account = textAt(ask, "account");
  if (account === undefined)
    throw new BadRequest(
      "account is missing: the AWS account, Azure subscription or Google Cloud project it belongs to",
      createExample,
    );
  const inputs = ask["inputs"] ?? {};
  if (!isObject(inputs)) throw new BadRequest("inputs must be an object", createExample);
  const failures = checkInputs(tables[pkg], table, inputs);
  if (failures.length > 0)
    throw new BadRequest(failures.map((failure) => `${failure.property}: ${failure.reason}`).join("; "), createExample);
  const identity: Identity = {
    package: pkg,
    account,
    region: textAt(ask, "region"),
    zone: textAt(ask, "zone"),
    principal: "control",
    tenant: account,
    defaultTags: {},
    allowedAccounts: [],
  };
  try {
    return createResource(parts, { tables: tables[pkg], table, identity }, inputs);
  } catch (error) {
    if (error instanceof CloudError) throw new BadRequest(`${error.code}: ${error.message}`, createExample);
    throw error;
  }
}
