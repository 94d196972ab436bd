// Calls about one stack: create, look, delete, tags, rename, export, import, history, secrets.
import type { StateContext } from "../context.ts";
import { isObject } from "../deployment.ts";
import { StateError } from "../errors.ts";
import type { HistoryRecord } from "../history.ts";
import { parseImport } from "../integrity.ts";
import { ensureStack, removeStack, renameStack, setTags } from "../lifecycle.ts";
import { stackPath } from "../stack.ts";
import type { StackId } from "../stack.ts";
import { addressed, exportState, importState } from "../transfer.ts";
import { callerName, mayTouch } from "./access.ts";
import { stringMap } from "./body.ts";
import type { ApiAnswer, ApiCall } from "./exchange.ts";

export async function createStack(ctx: StateContext, call: ApiCall): Promise<ApiAnswer> {
  const [, organization = "", project = ""] = call.parts;
  const body = isObject(call.body) ? call.body : {};
  const name = body["stackName"];
  if (typeof name !== "string") throw new StateError("invalid", "stackName is missing");
  const stack = { organization, project, stack: name };
  mayTouch(call.claims, stack, "write");
  if (await ctx.cell(stack).read(call.signal)) {
    throw new StateError("alreadyExists", `the stack ${stackPath(stack)} exists already; select it instead`);
  }
  await ensureStack(ctx, stack, undefined, call.signal, stringMap(body["tags"]));
  if (isObject(body["state"])) await receiveImport(ctx, { ...call, body: body["state"] }, stack);
  return { status: 200, body: {} };
}

export async function getStack(ctx: StateContext, call: ApiCall, stack: StackId): Promise<ApiAnswer> {
  mayTouch(call.claims, stack, "read");
  const head = await ctx.cell(stack).mustRead(call.signal);
  const { update } = head;
  return {
    status: 200,
    body: {
      id: head.uid,
      orgName: stack.organization,
      projectName: stack.project,
      stackName: stack.stack,
      activeUpdate: update?.id ?? "",
      tags: head.tags,
      version: head.version,
      ...(update
        ? {
            currentOperation: {
              kind: update.kind,
              author: head.lease?.holder ?? "",
              started: Math.floor(update.startTime / 1_000),
            },
          }
        : {}),
    },
  };
}

export async function deleteStack(ctx: StateContext, call: ApiCall, stack: StackId): Promise<ApiAnswer> {
  mayTouch(call.claims, stack, "write");
  await ctx.cell(stack).mustRead(call.signal);
  await removeStack(ctx, stack, call.query.get("force") === "true" ? "retain" : "empty", call.signal);
  return { status: 204 };
}

export async function patchTags(ctx: StateContext, call: ApiCall, stack: StackId): Promise<ApiAnswer> {
  mayTouch(call.claims, stack, "write");
  await setTags(ctx, stack, stringMap(call.body), call.signal);
  return { status: 204 };
}

export async function postRename(ctx: StateContext, call: ApiCall, stack: StackId): Promise<ApiAnswer> {
  const body = stringMap(call.body);
  const project = body["newProject"] || stack.project;
  const to = { organization: stack.organization, project, stack: body["newName"] || stack.stack };
  mayTouch(call.claims, stack, "write");
  mayTouch(call.claims, to, "write");
  await renameStack(ctx, stack, to, call.signal);
  return { status: 204 };
}

export async function getExport(ctx: StateContext, call: ApiCall, stack: StackId): Promise<ApiAnswer> {
  mayTouch(call.claims, stack, "read");
  const asked = call.parts[5];
  const state = await exportState(ctx, stack, asked === undefined ? undefined : Number(asked), call.signal);
  return { status: 200, body: addressed(state, stack, call.baseUrl) };
}

export async function postImport(ctx: StateContext, call: ApiCall, stack: StackId): Promise<ApiAnswer> {
  mayTouch(call.claims, stack, "write");
  return { status: 200, body: { updateId: await receiveImport(ctx, call, stack) } };
}

async function receiveImport(ctx: StateContext, call: ApiCall, stack: StackId): Promise<string> {
  const { claims } = call;
  const id = ctx.newId();
  const by = {
    holder: callerName(claims),
    message: "stack import",
    lease: claims.kind === "lease" ? claims : undefined,
    id,
  };
  await importState(ctx, stack, parseImport(call.body), by, call.signal);
  return id;
}

export async function getUpdates(ctx: StateContext, call: ApiCall, stack: StackId): Promise<ApiAnswer> {
  mayTouch(call.claims, stack, "read");
  const head = await ctx.cell(stack).mustRead(call.signal);
  const records = await ctx.contents.getHistory(head, call.signal);
  const which = call.parts[5];
  if (which === undefined) {
    const size = Number(call.query.get("pageSize") ?? records.length) || records.length;
    const page = Math.max(1, Number(call.query.get("page") ?? 1) || 1);
    return { status: 200, body: { updates: records.slice((page - 1) * size, page * size).map(updateInfo) } };
  }
  const found = which === "latest" ? records[0] : records.find((record) => String(record.version) === which);
  if (!found) throw new StateError("notFound", `${stackPath(stack)} has no update ${which}`);
  return { status: 200, body: { info: updateInfo(found), updateID: found.id, version: found.version } };
}

/** apitype.UpdateInfo. */
function updateInfo(record: HistoryRecord): Record<string, unknown> {
  return {
    kind: record.kind,
    startTime: record.startTime,
    endTime: record.endTime,
    message: record.message,
    environment: record.environment,
    config: record.config ?? {},
    result: record.result === "succeeded" || record.result === "in-progress" ? record.result : "failed",
    version: record.version,
    resourceChanges: record.resourceChanges,
    resourceCount: record.resourceCount,
  };
}
