// Which handler answers which call (paths: pkg/backend/httpstate/client/api_endpoints.go of Pulumi v3.250.0).
import { StateError } from "../errors.ts";
import {
  getCapabilities,
  getCliVersion,
  getDefaultOrganization,
  getUser,
  listStacks,
  projectExists,
} from "./account.ts";
import { postEvents } from "./event-streams.ts";
import type { ApiAnswer, ApiCall } from "./exchange.ts";
import { postBatchDecrypt, postBatchEncrypt, postDecrypt, postEncrypt } from "./secrets.ts";
import * as stacks from "./stacks.ts";
import * as updates from "./updates.ts";
import type { UpdateContext } from "./updates.ts";

/** Answers a call; throws StateError for what is refused. */
export async function route(ctx: UpdateContext, call: ApiCall): Promise<ApiAnswer> {
  const { method, parts } = call;
  const [area, organization, project, stack] = parts;
  switch (`${method} ${parts.join("/")}`) {
    case "GET user":
      return getUser(ctx, call);
    case "GET user/organizations/default":
      return getDefaultOrganization(ctx, call);
    case "GET user/stacks":
      return listStacks(ctx, call);
    case "GET capabilities":
      return getCapabilities();
    case "GET cli/version":
      return getCliVersion();
    default:
  }
  if (area !== "stacks" || organization === undefined || project === undefined) throw unknownCall(call);
  if (stack === undefined) {
    if (method === "HEAD" || method === "GET") return projectExists(ctx, call);
    if (method === "POST") return stacks.createStack(ctx, call);
    throw unknownCall(call);
  }
  return routeStack(ctx, call, { organization, project, stack });
}

type StackHandler = (
  ctx: UpdateContext,
  call: ApiCall,
  stack: { organization: string; project: string; stack: string },
) => Promise<ApiAnswer>;

const stackCalls: Readonly<Record<string, StackHandler>> = {
  "GET ": stacks.getStack,
  "DELETE ": stacks.deleteStack,
  "PATCH tags": stacks.patchTags,
  "POST rename": stacks.postRename,
  "GET export": stacks.getExport,
  "GET export/*": stacks.getExport,
  "POST import": stacks.postImport,
  "GET updates": stacks.getUpdates,
  "GET updates/*": stacks.getUpdates,
  "POST encrypt": postEncrypt,
  "POST decrypt": postDecrypt,
  "POST batch-encrypt": postBatchEncrypt,
  "POST batch-decrypt": postBatchDecrypt,
  "POST decrypt/log-decryption": noted,
  "POST decrypt/log-batch-decryption": noted,
};

const updateCalls: Readonly<Record<string, StackHandler>> = {
  "GET ": updates.getUpdate,
  "POST ": updates.startUpdate,
  "PATCH journalentries": updates.patchJournal,
  "PATCH checkpoint": updates.patchCheckpoint,
  "PATCH checkpointverbatim": updates.patchCheckpoint,
  "POST renew_lease": updates.postRenewLease,
  "POST events": async (ctx, call, stack) => postEvents(ctx.streams, call, stack),
  "POST events/batch": async (ctx, call, stack) => postEvents(ctx.streams, call, stack),
  "POST complete": updates.postComplete,
  "POST cancel": updates.postCancel,
};

async function routeStack(ctx: UpdateContext, call: ApiCall, stack: Parameters<StackHandler>[2]): Promise<ApiAnswer> {
  const rest = call.parts.slice(4);
  const [first, second] = rest;
  const handler = updates.isUpdateKind(first)
    ? second === undefined
      ? call.method === "POST"
        ? updates.createUpdate
        : undefined
      : updateCalls[`${call.method} ${rest.slice(2).join("/")}`]
    : (stackCalls[`${call.method} ${rest.join("/")}`] ?? stackCalls[`${call.method} ${first ?? ""}/*`]);
  if (!handler) throw unknownCall(call);
  return handler(ctx, call, stack);
}

async function noted(): Promise<ApiAnswer> {
  return { status: 200, body: {} };
}

function unknownCall(call: ApiCall): StateError {
  return new StateError("notFound", `this service doesn't know ${call.method} /api/${call.parts.join("/")}`);
}
