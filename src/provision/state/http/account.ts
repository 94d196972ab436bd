// Calls that are about the service and the caller: user, capabilities, versions, list of stacks.
import type { StateContext } from "../context.ts";
import type { Head } from "../head.ts";
import { callerName } from "./access.ts";
import type { ApiAnswer, ApiCall } from "./exchange.ts";

/** What this service can do beyond the oldest protocol (apitype.CapabilitiesResponse). */
const capabilities = [
  { capability: "batch-encrypt" },
  { capability: "deployment-schema-version", version: 1, configuration: { version: 4 } },
];

export function getCapabilities(): ApiAnswer {
  return { status: 200, body: { capabilities } };
}

/** No newer CLI is ever recommended: the operator pins the one it was tested with. */
export function getCliVersion(): ApiAnswer {
  return { status: 200, body: { latestVersion: "3.0.0", oldestWithoutWarning: "3.0.0" } };
}

export async function getUser(ctx: StateContext, call: ApiCall): Promise<ApiAnswer> {
  const organizations = await organizationsOf(ctx, call);
  const name = callerName(call.claims);
  const login = call.claims.kind === "lease" ? call.claims.stack.organization : name;
  return {
    status: 200,
    body: {
      id: login,
      githubLogin: login,
      name,
      email: "",
      avatarUrl: "",
      organizations: organizations.map((organization) => ({ githubLogin: organization, name: organization })),
    },
  };
}

export async function getDefaultOrganization(ctx: StateContext, call: ApiCall): Promise<ApiAnswer> {
  const [first] = await organizationsOf(ctx, call);
  return first === undefined
    ? { status: 404, body: { code: 404, message: "no organization" } }
    : { status: 200, body: { GitHubLogin: first, Messages: [] } };
}

export async function listStacks(ctx: StateContext, call: ApiCall): Promise<ApiAnswer> {
  const wanted = (name: string): string | undefined => call.query.get(name) ?? undefined;
  const [organization, project, tagName, tagValue] = ["organization", "project", "tagName", "tagValue"].map(wanted);
  const heads = await visibleHeads(ctx, call);
  const stacks = heads
    .filter(({ id }) => organization === undefined || id.organization === organization)
    .filter(({ id }) => project === undefined || id.project === project)
    .filter(({ tags }) => tagName === undefined || Object.hasOwn(tags, tagName))
    .filter(({ tags }) => tagName === undefined || tagValue === undefined || tags[tagName] === tagValue)
    .map((head) => ({
      id: head.uid,
      orgName: head.id.organization,
      projectName: head.id.project,
      stackName: head.id.stack,
      resourceCount: head.checkpoint?.resources ?? 0,
      links: { self: "" },
    }));
  return { status: 200, body: { stacks } };
}

/** HEAD of a project: whether it has a stack. */
export async function projectExists(ctx: StateContext, call: ApiCall): Promise<ApiAnswer> {
  const [, organization, project] = call.parts;
  const { claims } = call;
  if (claims.kind === "lease") {
    return { status: claims.stack.organization === organization && claims.stack.project === project ? 200 : 404 };
  }
  const heads = await visibleHeads(ctx, call);
  return { status: heads.some(({ id }) => id.organization === organization && id.project === project) ? 200 : 404 };
}

async function organizationsOf(ctx: StateContext, call: ApiCall): Promise<readonly string[]> {
  const { claims } = call;
  if (claims.kind !== "person") return [claims.stack.organization];
  if (claims.organization !== "*") return [claims.organization];
  const heads = await visibleHeads(ctx, call);
  return [...new Set(heads.map((head) => head.id.organization))].toSorted();
}

async function visibleHeads(ctx: StateContext, call: ApiCall): Promise<readonly Head[]> {
  const { claims } = call;
  if (claims.kind !== "person") {
    const head = await ctx.cell(claims.stack).read(call.signal);
    return head ? [head] : [];
  }
  const heads = (await ctx.store.listHeads({}, call.signal)).map(({ head }) => head);
  return heads.filter((head) => claims.organization === "*" || head.id.organization === claims.organization);
}
