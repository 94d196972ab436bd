// AdmissionReview v1 on the wire: what arrives is checked and typed, what was decided is put in the server's terms.
import type { KubeObject } from "../api/object.ts";
import type { AdmissionRequest, AdmissionUser, Allowed, Denied, Mutated } from "./admission.ts";
import { jsonPatch } from "./json-patch.ts";

/** The body is no AdmissionReview; answered with 400. */
export class MalformedReview extends Error {
  constructor(message: string) {
    super(`not an AdmissionReview of admission.k8s.io/v1: ${message}`);
    this.name = "MalformedReview";
  }
}

/** Throws MalformedReview. */
export function parseReview(text: string): AdmissionRequest {
  const review = record(parseJson(text), "the body");
  if (review["kind"] !== "AdmissionReview" || review["apiVersion"] !== "admission.k8s.io/v1") {
    throw new MalformedReview(`apiVersion ${String(review["apiVersion"])}, kind ${String(review["kind"])}`);
  }
  const request = record(review["request"], "request");
  const kind = record(request["kind"], "request.kind");
  const resource = record(request["resource"], "request.resource");
  const operation = request["operation"];
  if (operation !== "CREATE" && operation !== "UPDATE" && operation !== "DELETE" && operation !== "CONNECT") {
    throw new MalformedReview(`operation ${String(operation)}`);
  }
  const uid = textOf(request["uid"]);
  if (uid === "") throw new MalformedReview("request.uid is missing");
  return {
    uid,
    operation,
    group: textOf(kind["group"]),
    version: textOf(kind["version"]),
    kind: textOf(kind["kind"]),
    resource: textOf(resource["resource"]),
    subresource: textOf(request["subResource"]),
    namespace: textOf(request["namespace"]),
    name: textOf(request["name"]),
    user: parseUser(request["userInfo"]),
    dryRun: request["dryRun"] === true,
    object: parseObject(request["object"], "request.object"),
    oldObject: parseObject(request["oldObject"], "request.oldObject"),
  };
}

/** The AdmissionReview that answers `request`. */
export function reviewResponse(request: AdmissionRequest, result: Allowed | Denied | Mutated): object {
  return { apiVersion: "admission.k8s.io/v1", kind: "AdmissionReview", response: responseOf(request, result) };
}

/** HTTP status that the result means to the person who asked; for metrics. */
export function codeOf(result: Allowed | Denied | Mutated): number {
  return result.kind === "deny" ? (result.code ?? 403) : 200;
}

function responseOf(request: AdmissionRequest, result: Allowed | Denied | Mutated): object {
  const { uid } = request;
  if (result.kind === "deny") {
    const { message, reason } = result;
    return {
      uid,
      allowed: false,
      status: { code: codeOf(result), message, ...(reason === undefined ? {} : { reason }) },
    };
  }
  const warnings = result.warnings === undefined || result.warnings.length === 0 ? {} : { warnings: result.warnings };
  const patch =
    result.kind === "patch" ? result.patch : result.kind === "mutate" ? jsonPatch(request.object, result.object) : [];
  if (patch.length === 0) return { uid, allowed: true, ...warnings };
  const encoded = Buffer.from(JSON.stringify(patch)).toString("base64");
  return { uid, allowed: true, ...warnings, patchType: "JSONPatch", patch: encoded };
}

function parseUser(value: unknown): AdmissionUser {
  const user = record(value ?? {}, "request.userInfo");
  const extra = Object.entries(record(user["extra"] ?? {}, "request.userInfo.extra"));
  return {
    username: textOf(user["username"]),
    uid: textOf(user["uid"]),
    groups: texts(user["groups"]),
    extra: Object.fromEntries(extra.map(([name, values]) => [name, texts(values)])),
  };
}

function parseObject(value: unknown, what: string): KubeObject | undefined {
  if (value === null || value === undefined) return undefined;
  const object = record(value, what);
  const metadata = record(object["metadata"] ?? {}, `${what}.metadata`);
  // With generateName there is no name yet.
  const named = { ...metadata, name: textOf(metadata["name"]) };
  return { ...object, apiVersion: textOf(object["apiVersion"]), kind: textOf(object["kind"]), metadata: named };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new MalformedReview(error instanceof Error ? error.message : String(error));
  }
}

function record(value: unknown, what: string): Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new MalformedReview(`${what} is no object`);
  return { ...value };
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function texts(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
}
