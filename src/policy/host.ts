// Decide over compiled bundles: mask, canonicalise, evaluate in a thread, read the answer; every failure denies.
import type { Clock } from "../kube/clock.ts";
import { asRecord, asText } from "../kube/json.ts";
import { type Answer, joinAnswers, readAnswer, readEvaluation } from "./answer.ts";
import { type Bundle, bundlesDigest, type BundleSource, decidingBundles } from "./bundle.ts";
import type {
  ComplianceInput,
  Decide,
  DecideOptions,
  Decision,
  DecisionInputs,
  DecisionPoint,
  Evaluation,
} from "./decision.ts";
import { canonicalText, checkKey, type DigestKey, keyedDigest } from "./digest.ts";
import { maskSecrets } from "./mask.ts";
import { EvaluatorPool, type PoolLimits } from "./pool.ts";
import { type EffectiveSettings, settingsDigest } from "./settings.ts";

export interface PolicyHostOptions {
  readonly bundles: BundleSource;
  /** Key of the input digests. */
  readonly key: DigestKey;
  /** What holds in a namespace now; asked at each decision. Default: nothing is set. */
  readonly settings?: (namespace: string) => EffectiveSettings;
  readonly clock: Clock;
  readonly limits?: Partial<PoolLimits>;
}

/** Decide that owns threads: close it when nothing asks any more. */
export interface PolicyHost extends Decide {
  /** Judges what is there, for a score. Rejects with EvaluationError when that can't be done, or the signal's reason. */
  evaluate(input: ComplianceInput, options: DecideOptions): Promise<Evaluation>;
  close(): Promise<void>;
}

const defaultLimits: PoolLimits = {
  deadlineMs: 2_000,
  startMs: 30_000,
  recyclePages: 1024, // 64 MiB
  maxPages: 4096, // 256 MiB
  threads: 2,
  waiting: 1_000,
};

/** Resources could not be judged; the message says why. No score comes of it. */
export class EvaluationError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "EvaluationError";
  }
}

/** How long a decision waits for bundles that are loaded for the first time, milliseconds. */
const settleMs = 8_000;

/** Longest canonical input that is judged. */
const MAX_INPUT = 16 << 20;

/** Throws RangeError for a key that is no key. */
export function createPolicyHost(options: PolicyHostOptions): PolicyHost {
  checkKey(options.key);
  return new WasmHost(options);
}

const evaluationEntrypoint = "dharma/compliance/evaluation";

class WasmHost implements PolicyHost {
  readonly #options: PolicyHostOptions;
  readonly #limits: PoolLimits;
  readonly #pools = new Map<string, EvaluatorPool>();
  readonly #closing = new Set<Promise<void>>();
  #closed = false;

  constructor(options: PolicyHostOptions) {
    this.#options = options;
    this.#limits = { ...defaultLimits, ...options.limits };
  }

  async decide<P extends DecisionPoint>(
    point: P,
    input: DecisionInputs[P],
    { signal, ...given }: DecideOptions,
  ): Promise<Decision> {
    signal.throwIfAborted();
    // What is asked now is decided by what holds now: nothing is awaited where nothing is missing.
    if ((this.#options.bundles.missing?.().length ?? 0) > 0) await this.#settled(signal);
    const bundles = this.#bundles();
    const [missing] = this.#options.bundles.missing?.() ?? [];
    const bundle = missing === undefined ? bundlesDigest(bundles) : "";
    const inForce = this.#settingsOf(namespaceOf(point, input), given);
    const settings = settingsDigest(inForce);
    const text = this.#textOf(input, inForce);
    if (text === undefined) {
      const message = "the decision input is not JSON or is longer than 16 MiB: split the Blueprint";
      return refusal(point, "policy.input", message, { bundle, settings, input: "" });
    }
    const digest = keyedDigest(text, this.#options.key);
    given.onInput?.(text);
    const refuse = (rule: string, message: string) =>
      refusal(point, rule, message, { bundle, settings, input: digest });
    if (bundles.length === 0) {
      return refuse("policy.no-bundle", "there is no policy bundle, so nothing is allowed: give the operator one");
    }
    if (missing !== undefined) return refuse("policy.no-bundle", missingMessage(missing));
    const entrypoint = `dharma/${point.toLowerCase()}/decision`;
    const asked = bundles.filter(({ entrypoints }) => entrypoints.includes(entrypoint));
    if (asked.length === 0) {
      return refuse("policy.no-rules", `the policy bundle has no rule ${entrypoint}, so nothing is allowed here`);
    }
    const outcomes = await Promise.all(asked.map((one) => this.#poolOf(one).evaluate(entrypoint, text, signal)));
    const answers: Answer[] = [];
    for (const outcome of outcomes) {
      if (outcome.kind === "late") {
        const message = `the policy took longer than ${outcome.afterMs} ms and was ended: mend the rule`;
        return refuse("policy.deadline", message);
      }
      if (outcome.kind === "failed") {
        return refuse("policy.error", `the policy could not be evaluated: ${outcome.message}`);
      }
      const answer = readAnswer(outcome.value);
      if (typeof answer === "string") return refuse("policy.shape", `${entrypoint} gave no decision: ${answer}`);
      answers.push(answer);
    }
    return { point, ...joinAnswers(answers), bundle, settings, input: digest };
  }

  async evaluate(input: ComplianceInput, { signal, ...given }: DecideOptions): Promise<Evaluation> {
    signal.throwIfAborted();
    // What is asked now is decided by what holds now: nothing is awaited where nothing is missing.
    if ((this.#options.bundles.missing?.().length ?? 0) > 0) await this.#settled(signal);
    const bundles = this.#bundles();
    const [missing] = this.#options.bundles.missing?.() ?? [];
    if (missing !== undefined) throw new EvaluationError(missingMessage(missing));
    const asked = bundles.filter(({ entrypoints }) => entrypoints.includes(evaluationEntrypoint));
    const text = this.#textOf(input, this.#settingsOf(input.namespace, given));
    if (text === undefined) throw new EvaluationError("the resources are not JSON or longer than 16 MiB together");
    if (asked.length === 0) throw new EvaluationError(`no policy bundle has a rule ${evaluationEntrypoint}`);
    const outcomes = await Promise.all(
      asked.map((one) => this.#poolOf(one).evaluate(evaluationEntrypoint, text, signal)),
    );
    const evaluations = outcomes.map((outcome) => {
      if (outcome.kind === "late") throw new EvaluationError(`the policy took longer than ${outcome.afterMs} ms`);
      if (outcome.kind === "failed") throw new EvaluationError(outcome.message);
      const read = readEvaluation(outcome.value);
      if (typeof read === "string") throw new EvaluationError(`${evaluationEntrypoint}: ${read}`);
      return read;
    });
    return {
      fails: evaluations.flatMap(({ fails }) => fails),
      denied: evaluations.flatMap(({ denied }) => denied),
      excepted: evaluations.flatMap(({ excepted }) => excepted),
      bundle: bundlesDigest(bundles),
    };
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#retire([]);
    await Promise.all(this.#closing);
  }

  /** Waits, within bounds, while a bundle is loaded for the first time: right after a start nothing is missing yet. */
  async #settled(signal: AbortSignal): Promise<void> {
    const { bundles, clock } = this.#options;
    if (bundles.settled === undefined) return;
    const done = new AbortController();
    const either = AbortSignal.any([signal, done.signal]);
    try {
      await Promise.race([bundles.settled(either), clock.sleep(settleMs, either)]);
    } finally {
      done.abort(new Error("settled"));
    }
  }

  #settingsOf(namespace: string, given: Omit<DecideOptions, "signal">): EffectiveSettings {
    const settings = this.#options.settings?.(namespace) ?? {};
    const exceptions = [...(settings.exceptions ?? []), ...(given.exceptions ?? [])];
    const modes = { ...given.modes, ...settings.modes };
    return {
      ...settings,
      ...(Object.keys(modes).length === 0 ? {} : { modes }),
      ...(exceptions.length === 0 ? {} : { exceptions }),
    };
  }

  #textOf(input: object, settings: EffectiveSettings): string | undefined {
    try {
      const text = canonicalText(maskSecrets({ ...input, settings }));
      return text.length > MAX_INPUT ? undefined : text;
    } catch {
      return undefined; // not JSON: cyclic, too deep, NaN; the caller is told by the refusal
    }
  }

  /** What decides now; pools of what was replaced end when their last decision is made. */
  #bundles(): readonly Bundle[] {
    const bundles = decidingBundles(this.#options.bundles);
    this.#retire(bundles.map(({ digest }) => digest));
    return bundles;
  }

  #poolOf(bundle: Bundle): EvaluatorPool {
    const known = this.#pools.get(bundle.digest);
    if (known !== undefined) return known;
    const pool = new EvaluatorPool(bundle, this.#limits, this.#options.clock);
    this.#pools.set(bundle.digest, pool);
    if (this.#closed) this.#retire([]);
    return pool;
  }

  #retire(kept: readonly string[]): void {
    for (const [digest, pool] of this.#pools) {
      if (kept.includes(digest)) continue;
      this.#pools.delete(digest);
      const closing = pool.close().finally(() => this.#closing.delete(closing));
      this.#closing.add(closing);
    }
  }
}

function missingMessage(what: string): string {
  return `${what} could not be had yet, so nothing is allowed: the policy settings' status says why`;
}

function namespaceOf<P extends DecisionPoint>(point: P, input: DecisionInputs[P]): string {
  const { blueprint, namespace } = asRecord(input);
  return point === "Plan" ? asText(asRecord(blueprint)["namespace"]) : asText(namespace);
}

/** The host's own denial. */
function refusal(
  point: DecisionPoint,
  rule: string,
  message: string,
  by: Pick<Decision, "bundle" | "settings" | "input">,
): Decision {
  const deny = [{ rule, message, resource: "", controls: [], severity: "Critical" as const }];
  return { point, allow: false, requireApproval: false, deny, warn: [], ...by };
}
