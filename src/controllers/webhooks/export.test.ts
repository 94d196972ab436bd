// Exports as the webhook answers them: whole over many pages, readable by the asker only, refused without the right.
import { randomBytes } from "node:crypto";
import { gunzipSync, gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import type { Blueprint } from "../../api/index.ts";
import type { Kube } from "../../kube/index.ts";
import { StateError, type VersionedDeployment } from "../../provision/state/index.ts";
import { type AdmissionContext, type AdmissionRequest, ManualClock, silentLogger } from "../../runtime/index.ts";
import { aBlueprint } from "../fixtures.ts";
import {
  type ExportAnswer,
  exportAnnotation,
  exportAnswerAnnotation,
  exportKey,
  type ExportQuestion,
  pageBytes,
  parseAnswer,
} from "./export-channel.ts";
import { answerExport } from "./export.ts";

const sealed: VersionedDeployment = { version: 3, deployment: { metadata: { noise: noise(3 * pageBytes) } } };
const shown: VersionedDeployment = { version: 3, deployment: { metadata: { shown: true } } };
const state = {
  exportStack: async () => sealed,
  revealStack: async () => shown,
  getArtifact: async (_stack: unknown, name: string) =>
    name === "run.1234.decision" ? gzipSync('{"point":"Plan"}') : undefined,
};
const handle = answerExport({ state });

describe("an export", () => {
  test("arrives whole over several pages, sealed for the asker's key", async () => {
    const key = exportKey();
    const first = await page({ subject: { kind: "state", secrets: "sealed" }, key: key.publicKey, page: 0 });
    expect(first.pages).toBeGreaterThan(2);
    expect(Buffer.byteLength(JSON.stringify(first))).toBeLessThan(200 * 1024);
    const pages = [key.open(first)];
    for (let number = 1; number < first.pages; number += 1) {
      const question = { subject: { kind: "state", secrets: "sealed" }, key: key.publicKey, page: number } as const;
      pages.push(key.open(await page({ ...question, digest: first.digest })));
    }
    expect(JSON.parse(gunzipSync(Buffer.concat(pages)).toString())).toEqual(sealed);
    expect(() => exportKey().open(first)).toThrow(/unable to authenticate|Unsupported state/i);
  });

  test("of a state that changed between two pages is refused, so that no mixture is taken for a state", async () => {
    const question = { subject: { kind: "state", secrets: "sealed" }, key: exportKey().publicKey, page: 1 } as const;
    expect(await handle(request({ ...question, digest: "another" }), allowing(["export"]))).toMatchObject({
      kind: "deny",
      code: 409,
    });
  });

  test.each([
    ["sealed", [], "export"],
    ["shown", [], "export"],
    ["shown", ["export"], "export-secrets"],
  ] as const)(
    "with secrets %s and the rights %j is refused and names the missing verb",
    async (secrets, rights, verb) => {
      const question = { subject: { kind: "state", secrets }, key: exportKey().publicKey, page: 0 } as const;
      const answer = await handle(request(question), allowing(rights));
      expect(answer).toMatchObject({ kind: "deny", code: 403, message: expect.stringContaining(`may not ${verb} `) });
    },
  );

  test("shows secrets to who may see them", async () => {
    const key = exportKey();
    const question = { subject: { kind: "state", secrets: "shown" }, key: key.publicKey, page: 0 } as const;
    const answer = await page(question, ["export", "export-secrets"]);
    expect(JSON.parse(gunzipSync(key.open(answer)).toString())).toEqual(shown);
  });

  test("that would be stored is refused: nothing may stay in the object", async () => {
    const question = { subject: { kind: "state", secrets: "sealed" }, key: exportKey().publicKey, page: 0 } as const;
    const stored = { ...request(question), dryRun: false };
    expect(await handle(stored, allowing(["export"]))).toMatchObject({ kind: "deny", code: 400 });
  });

  test.each(["", "{}", '{"subject":{"kind":"state","secrets":"sealed"},"key":"AAAA","page":0}'])(
    "asked by %j is refused with what to do",
    async (text) => {
      const { object } = request();
      const asked = { ...request(), object: annotated(object, text) };
      expect(await handle(asked, allowing(["export"]))).toMatchObject({
        kind: "deny",
        code: 400,
        message: expect.stringContaining("dharma"),
      });
    },
  );

  test("of a decision's input gives what is kept, and says where nothing is", async () => {
    const key = exportKey();
    const answer = await page({ subject: { kind: "decision", run: "1234" }, key: key.publicKey, page: 0 });
    expect(JSON.parse(gunzipSync(key.open(answer)).toString())).toEqual({ point: "Plan" });
    const gone = { subject: { kind: "decision", run: "5678" }, key: key.publicKey, page: 0 } as const;
    expect(await handle(request(gone), allowing(["export"]))).toMatchObject({
      kind: "deny",
      code: 404,
      message: expect.stringContaining("not kept any more"),
    });
    expect(await handle(request(gone), allowing([]))).toMatchObject({ kind: "deny", code: 403 });
  });

  test("of a Blueprint without a state says so", async () => {
    const missing = () => Promise.reject(new StateError("notFound", "no stack"));
    const none = answerExport({ state: { ...state, exportStack: missing } });
    const question = { subject: { kind: "state", secrets: "sealed" }, key: exportKey().publicKey, page: 0 } as const;
    expect(await none(request(question), allowing(["export"]))).toMatchObject({ kind: "deny", code: 404 });
  });

  test("leaves no trace of the question in its answer, and the rest of the object as it was", async () => {
    const question = { subject: { kind: "state", secrets: "sealed" }, key: exportKey().publicKey, page: 0 } as const;
    const answer = await handle(request(question), allowing(["export"]));
    if (answer.kind !== "mutate") throw new Error(JSON.stringify(answer));
    expect(Object.keys(answer.object.metadata.annotations ?? {})).toEqual(["kept", exportAnswerAnnotation]);
  });
});

async function page(question: ExportQuestion, rights: readonly string[] = ["export"]): Promise<ExportAnswer> {
  const answer = await handle(request(question), allowing(rights));
  if (answer.kind !== "mutate") throw new Error(JSON.stringify(answer));
  const parsed = parseAnswer(answer.object.metadata.annotations?.[exportAnswerAnnotation] ?? "");
  if (parsed === undefined) throw new Error("no answer");
  return parsed;
}

function request(question?: ExportQuestion): AdmissionRequest<Blueprint> & { readonly object: Blueprint } {
  const blueprint = aBlueprint({});
  return {
    uid: "1",
    operation: "UPDATE",
    group: "iacdharma.com",
    version: "v1alpha1",
    kind: "Blueprint",
    resource: "blueprints",
    subresource: "",
    namespace: "web",
    name: blueprint.metadata.name,
    user: { username: "jane", uid: "", groups: [], extra: {} },
    dryRun: true,
    object: question === undefined ? blueprint : annotated(blueprint, JSON.stringify(question)),
    oldObject: blueprint,
  };
}

function annotated(blueprint: Blueprint, question: string): Blueprint {
  const annotations = { kept: "1", [exportAnnotation]: question };
  return { ...blueprint, metadata: { ...blueprint.metadata, annotations } };
}

function allowing(verbs: readonly string[]): AdmissionContext {
  const post: Kube["post"] = async (_path, body) => {
    const { verb } = (body as { spec: { resourceAttributes: { verb: string } } }).spec.resourceAttributes;
    return { status: { allowed: verbs.includes(verb) } };
  };
  const signal = new AbortController().signal;
  return { signal, clock: new ManualClock(0), log: silentLogger, kube: { post } as Kube };
}

/** What gzip can't shorten. */
function noise(bytes: number): string {
  return randomBytes(bytes).toString("base64");
}
