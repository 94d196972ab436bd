// Functions of azure-native: the caller, and `getX` of every simulated type by the names in its id.
import { CloudError } from "../errors.ts";
import { characters, fillTemplate } from "../ids.ts";
import { notFound } from "../operations.ts";
import { resolve } from "../references.ts";
import type { PackageTables } from "../tables/tables.ts";
import { type JsonObject, textAt } from "../values.ts";
import type { CloudFunction } from "./invoke.ts";

const clientConfig: CloudFunction = ({ identity }) => ({
  clientId: identity.principal,
  objectId: identity.principal,
  subscriptionId: identity.account,
  tenantId: identity.tenant,
});

const storageKeys: CloudFunction = (context, args: JsonObject) => {
  const { account } = context.identity;
  const id = `/subscriptions/${account}/resourceGroups/${textAt(args, "resourceGroupName") ?? ""}/providers/Microsoft.Storage/storageAccounts/${textAt(args, "accountName") ?? ""}`;
  if (resolve(context.parts.store, { account, scope: "" }, "azure-native:storage:StorageAccount", id) === undefined) {
    throw new CloudError("notFound", "ResourceNotFound", `The Resource '${id}' was not found.`);
  }
  const key = (name: string) => ({
    keyName: name,
    permissions: "FULL",
    value: `${characters("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", 86, `${id} ${name}`)}==`,
  });
  return { keys: [key("key1"), key("key2")] };
};

export const azureFunctions: Readonly<Record<string, CloudFunction>> = {
  "azure-native:authorization:getClientConfig": clientConfig,
  "azure-native:storage:listStorageAccountKeys": storageKeys,
};

/** `azure-native:network:getSubnet` and the like; undefined for functions that get no simulated type. */
export function azureGetter(tables: PackageTables, token: string): CloudFunction | undefined {
  const table = tables.package === "azure-native" ? tables.types.get(token.replace(/:get(\w+)$/, ":$1")) : undefined;
  if (table === undefined || !/:get\w+$/.test(token)) return undefined;
  return ({ parts, identity }, args) => {
    const lookup = (name: string) => (name === "subscriptionId" ? identity.account : textAt(args, name));
    const id = fillTemplate(table.idForm, lookup, "").replaceAll("//", "/");
    const found = resolve(parts.store, { account: identity.account, scope: "" }, table.token, id);
    if (found === undefined) throw notFound(table, id);
    return { ...found.properties, id: found.id };
  };
}
