// `dharma export`: a Blueprint's state, plan or runs as JSON, through the API server alone.
import { createHash } from "node:crypto";
import { gunzipSync } from "node:zlib";
import { blueprints, type Blueprint } from "../api/index.ts";
import {
  exportAnnotation,
  type ExportAnswer,
  exportAnswerAnnotation,
  exportKey,
  type ExportQuestion,
  type ExportSubject,
  parseAnswer,
} from "../controllers/webhooks/export-channel.ts";
import { isKubeError, type Kube } from "../kube/index.ts";
import { CommandError } from "./connect.ts";
import { sealedBy } from "./passphrase.ts";
import { blueprintNamed, runsOf } from "./runs.ts";

export interface ExportRequest {
  readonly name: string;
  readonly as: "state" | "plan" | "runs";
  /** Of a state. `passphrase`: sealed as Pulumi's passphrase provider seals. */
  readonly secrets:
    | { readonly kind: "sealed" | "shown" }
    | { readonly kind: "passphrase"; readonly passphrase: string };
}

/** The JSON text, ending in a newline. */
export async function exportOf(
  kube: Kube,
  namespace: string,
  { name, as, secrets }: ExportRequest,
  signal: AbortSignal,
): Promise<string> {
  const blueprint = await blueprintNamed(kube, namespace, name, signal);
  switch (as) {
    case "state":
      return textOf(await stateOf(kube, blueprint, secrets, signal));
    case "plan":
      return textOf(await planOf(kube, blueprint, signal));
    case "runs":
      return textOf(await runsOf(kube, blueprint, signal));
  }
}

async function stateOf(
  kube: Kube,
  blueprint: Blueprint,
  secrets: ExportRequest["secrets"],
  signal: AbortSignal,
): Promise<unknown> {
  if (secrets.kind !== "passphrase") return ask(kube, blueprint, { kind: "state", secrets: secrets.kind }, signal);
  return sealedBy(secrets.passphrase, await ask(kube, blueprint, { kind: "state", secrets: "shown" }, signal));
}

async function planOf(kube: Kube, blueprint: Blueprint, signal: AbortSignal): Promise<unknown> {
  const run = (await runsOf(kube, blueprint, signal)).find(({ status }) => status?.plan !== undefined);
  const plan = run?.status?.plan;
  if (run === undefined || plan === undefined)
    throw new CommandError(`Blueprint ${blueprint.metadata.name} has no plan yet.`);
  const head = { run: run.metadata.name, operation: run.spec.operation, phase: run.status?.phase ?? "Pending" };
  if ((plan.stepCount ?? 0) <= (plan.steps?.length ?? 0)) return { ...head, plan };
  return { ...head, plan: { ...plan, steps: await ask(kube, blueprint, stepsOf(run.metadata.uid), signal) } };
}

const stepsOf = (run = ""): ExportSubject => ({ kind: "steps", run });

const attempts = 3;

/** Asks the operator page by page; begins again where the state changed in between. Rejects with CommandError where refused. */
export async function ask(
  kube: Kube,
  blueprint: Blueprint,
  subject: ExportSubject,
  signal: AbortSignal,
): Promise<unknown> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      // eslint-disable-next-line no-await-in-loop -- only after a change in between
      return await askOnce(kube, blueprint, subject, signal);
    } catch (error) {
      if (attempt < attempts && isKubeError(error, "conflict", "alreadyExists")) continue;
      throw isKubeError(error) ? new CommandError(reasonOf(error.message)) : error;
    }
  }
}

async function askOnce(
  kube: Kube,
  blueprint: Blueprint,
  subject: ExportSubject,
  signal: AbortSignal,
): Promise<unknown> {
  const key = exportKey();
  const first = await askPage(kube, blueprint, { subject, key: key.publicKey, page: 0 }, signal);
  const pages = [key.open(first)];
  for (let page = 1; page < first.pages; page += 1) {
    const question = { subject, key: key.publicKey, page, digest: first.digest };
    // eslint-disable-next-line no-await-in-loop -- each names what the one before said
    pages.push(key.open(await askPage(kube, blueprint, question, signal)));
  }
  const whole = Buffer.concat(pages);
  if (createHash("sha256").update(whole).digest("hex") !== first.digest)
    throw new CommandError("What arrived is not what was sent: export it again.");
  return JSON.parse(gunzipSync(whole).toString("utf8"));
}

async function askPage(
  kube: Kube,
  { metadata: { namespace = "default", name } }: Blueprint,
  question: ExportQuestion,
  signal: AbortSignal,
): Promise<ExportAnswer> {
  const annotations = { [exportAnnotation]: JSON.stringify(question) };
  const body = { metadata: { annotations } };
  const options = { dryRun: true, fieldManager: "dharma-export", signal };
  const { metadata } = await kube.patch(blueprints, { namespace, name }, { kind: "merge", body }, options);
  const answer = parseAnswer(metadata.annotations?.[exportAnswerAnnotation] ?? "");
  if (answer === undefined)
    throw new CommandError(
      "No operator answered: exports go through its webhooks. Are they on (webhooks.enabled of the chart) and as new as this command?",
    );
  return answer;
}

/** The webhook's own words, without the API server's frame. */
function reasonOf(message: string): string {
  return message.replace(/^.*admission webhook "[^"]*" denied the request: /s, "");
}

function textOf(value: unknown): string {
  return `${JSON.stringify(value, undefined, 4)}\n`;
}
