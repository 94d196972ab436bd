// The webhook that hands a state to whoever may have it: asked by a dry-run patch of the Blueprint, answered in its result.
import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import type { Blueprint } from "../../api/index.ts";
import { group, version } from "../../api/index.ts";
import { isStateError, type StateService } from "../../provision/state/index.ts";
import type { AdmissionContext, AdmissionRequest, Denied, Mutate, Webhook } from "../../runtime/index.ts";
import { stackOf } from "../stack.ts";
import { mayDo } from "./access.ts";
import {
  exportAnnotation,
  exportAnswerAnnotation,
  type ExportQuestion,
  type ExportSubject,
  pageBytes,
  parseQuestion,
  sealPage,
} from "./export-channel.ts";

export interface ExportOptions {
  readonly state: Pick<StateService, "exportStack" | "revealStack" | "getArtifact">;
}

/** Answers exports. The verbs `export` and, for secrets in clear, `export-secrets` on blueprints are asked of RBAC. */
export function exportWebhook(options: ExportOptions): Webhook<Blueprint> {
  return {
    kind: "mutating",
    name: "blueprint-export",
    rules: [{ group, versions: [version], resources: ["blueprints"], operations: ["UPDATE"] }],
    failurePolicy: "Fail",
    timeoutSeconds: 10,
    matchConditions: [
      {
        name: "asks-for-an-export",
        expression: `has(object.metadata.annotations) && '${exportAnnotation}' in object.metadata.annotations`,
      },
    ],
    handle: answerExport(options),
  };
}

/** Exported for its tests. */
export function answerExport({ state }: ExportOptions): Mutate<Blueprint> {
  return async (request, ctx) => {
    const { object, dryRun } = request;
    const asked = object?.metadata.annotations?.[exportAnnotation];
    if (object === undefined || asked === undefined) return { kind: "allow" };
    if (!dryRun) return denied(400, `${exportAnnotation} is for dry runs only: use dharma export`);
    const question = parseQuestion(asked);
    if (question === undefined)
      return denied(400, `${exportAnnotation} can't be read: use a dharma of the operator's version`);
    const refusal = await refusalOf(question.subject, request, ctx);
    if (refusal !== undefined) return refusal;
    const blueprint = { ...object, metadata: { ...object.metadata, namespace: request.namespace } };
    const answer = await answerOf(question, blueprint, state, ctx.signal);
    if (answer.kind === "deny") return answer;
    if (question.page === 0) ctx.log.info("a state was exported", { user: request.user.username, ...question.subject });
    const { [exportAnnotation]: _, ...others } = object.metadata.annotations ?? {};
    const annotations = { ...others, [exportAnswerAnnotation]: answer.text };
    return { kind: "mutate", object: { ...object, metadata: { ...object.metadata, annotations } } };
  };
}

async function refusalOf(
  subject: ExportSubject,
  { user, namespace, name }: AdmissionRequest,
  ctx: AdmissionContext,
): Promise<Denied | undefined> {
  const verbs =
    subject.kind === "state" && subject.secrets === "shown" ? ["export", "export-secrets"] : (["export"] as const);
  for (const verb of verbs) {
    // eslint-disable-next-line no-await-in-loop -- two at most, and the first refusal ends it
    if (await mayDo(user, { verb, group, version, resource: "blueprints", namespace, name }, ctx)) continue;
    return denied(
      403,
      `${user.username} may not ${verb} blueprints ${namespace}/${name}: ask for the verb ${verb} on blueprints.${group}`,
    );
  }
  return undefined;
}

async function answerOf(
  question: ExportQuestion,
  blueprint: Blueprint,
  state: ExportOptions["state"],
  signal: AbortSignal,
): Promise<Denied | { readonly kind: "answer"; readonly text: string }> {
  let bytes: Uint8Array | undefined;
  try {
    bytes = await bytesOf(question.subject, blueprint, state, signal);
  } catch (error) {
    if (isStateError(error, "notFound"))
      return denied(404, `Blueprint ${blueprint.metadata.name} has no state yet: nothing was planned or built`);
    if (isStateError(error)) return denied(503, error.message);
    throw error;
  }
  if (bytes === undefined)
    return denied(
      404,
      "the input of that decision is not kept any more: it goes with its run, or was too large to keep",
    );
  const digest = createHash("sha256").update(bytes).digest("hex");
  if (question.digest !== undefined && question.digest !== digest)
    return denied(409, "the state changed while it was exported: export it again");
  const pages = Math.max(1, Math.ceil(bytes.length / pageBytes));
  if (question.page >= pages) return denied(400, `there are ${pages} pages, and none numbered ${question.page}`);
  const page = bytes.subarray(question.page * pageBytes, (question.page + 1) * pageBytes);
  try {
    return { kind: "answer", text: JSON.stringify({ pages, digest, ...sealPage(page, question.key) }) };
  } catch {
    return denied(400, `${exportAnnotation} has no X25519 public key: use dharma export`);
  }
}

/** Gzipped JSON; the same for the same state, so that pages fit together. Undefined: it is not kept. */
async function bytesOf(
  subject: ExportSubject,
  blueprint: Blueprint,
  state: ExportOptions["state"],
  signal: AbortSignal,
): Promise<Uint8Array | undefined> {
  const stack = stackOf(blueprint);
  if (subject.kind !== "state") {
    const kept = await state.getArtifact(stack, `run.${subject.run}.${subject.kind}`, signal);
    return kept ?? (subject.kind === "steps" ? gzipSync("[]") : undefined);
  }
  const read = subject.secrets === "shown" ? state.revealStack : state.exportStack;
  return gzipSync(JSON.stringify(await read(stack, signal)));
}

function denied(code: number, message: string): Denied {
  return { kind: "deny", message, code };
}
