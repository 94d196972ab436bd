// Decide over compiled bundles: mask, canonicalise, evaluate in a thread, read the answer; every failure denies.
import type { Clock } from "../kube/clock.ts";
import { readAnswer } from "./answer.ts";
import type { Bundle, BundleSource } from "./bundle.ts";
import type { Decide, DecideOptions, Decision, DecisionInputs, DecisionPoint } from "./decision.ts";
import { canonicalText, checkKey, type DigestKey, keyedDigest } from "./digest.ts";
import { maskSecrets } from "./mask.ts";
import { EvaluatorPool, type PoolLimits } from "./pool.ts";

/** What the administrator sets for the built-in rules; rules see it as `input.settings`. */
export interface PolicySettings {
  /** Regions resources may be in; absent: any. */
  readonly allowedRegions?: readonly string[];
  /** A plan that changes more resources than this is denied; absent: no limit. */
  readonly maxBlastRadius?: number;
  /** Under OnRisk, a plan that changes more resources than this asks for approval. Default 20. */
  readonly approvalBlastRadius?: number;
}

export interface PolicyHostOptions {
  readonly bundles: BundleSource;
  /** Key of the input digests. */
  readonly key: DigestKey;
  readonly settings?: PolicySettings;
  readonly clock: Clock;
  readonly limits?: Partial<PoolLimits>;
}

/** Decide that owns threads: close it when nothing asks any more. */
export interface PolicyHost extends Decide {
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

/** Longest canonical input that is judged. */
const MAX_INPUT = 16 << 20;

/** Throws RangeError for a key that is no key. */
export function createPolicyHost(options: PolicyHostOptions): PolicyHost {
  checkKey(options.key);
  return new WasmHost(options);
}

class WasmHost implements PolicyHost {
  readonly #options: PolicyHostOptions;
  readonly #limits: PoolLimits;
  #current: { readonly digest: string; readonly pool: EvaluatorPool } | undefined;
  readonly #closing = new Set<Promise<void>>();
  #closed = false;

  constructor(options: PolicyHostOptions) {
    this.#options = options;
    this.#limits = { ...defaultLimits, ...options.limits };
  }

  async decide<P extends DecisionPoint>(
    point: P,
    input: DecisionInputs[P],
    { signal }: DecideOptions,
  ): Promise<Decision> {
    signal.throwIfAborted();
    const bundle = this.#options.bundles.current();
    const text = this.#textOf(input);
    if (text === undefined) {
      const message = "the decision input is not JSON or is longer than 16 MiB: split the Blueprint";
      return refusal(point, "policy.input", message, bundle?.digest ?? "", "");
    }
    const digest = keyedDigest(text, this.#options.key);
    const refuse = (rule: string, message: string) => refusal(point, rule, message, bundle?.digest ?? "", digest);
    if (bundle === undefined) {
      return refuse("policy.no-bundle", "there is no policy bundle, so nothing is allowed: give the operator one");
    }
    const entrypoint = `dharma/${point.toLowerCase()}/decision`;
    if (!bundle.entrypoints.includes(entrypoint)) {
      return refuse("policy.no-rules", `the policy bundle has no rule ${entrypoint}, so nothing is allowed here`);
    }
    const outcome = await this.#poolOf(bundle).evaluate(entrypoint, text, signal);
    if (outcome.kind === "late") {
      const message = `the policy took longer than ${outcome.afterMs} ms and was ended: mend the rule`;
      return refuse("policy.deadline", message);
    }
    if (outcome.kind === "failed") {
      return refuse("policy.error", `the policy could not be evaluated: ${outcome.message}`);
    }
    const answer = readAnswer(outcome.value);
    if (typeof answer === "string") return refuse("policy.shape", `${entrypoint} gave no decision: ${answer}`);
    return { point, ...answer, bundle: bundle.digest, input: digest };
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#retire();
    await Promise.all(this.#closing);
  }

  #textOf(input: object): string | undefined {
    try {
      const text = canonicalText(maskSecrets({ ...input, settings: this.#options.settings ?? {} }));
      return text.length > MAX_INPUT ? undefined : text;
    } catch {
      return undefined; // not JSON: cyclic, too deep, NaN; the caller is told by the refusal
    }
  }

  /** A new bundle gets a pool of its own; the old one ends when its last decision is made. */
  #poolOf(bundle: Bundle): EvaluatorPool {
    if (this.#current?.digest === bundle.digest) return this.#current.pool;
    this.#retire();
    const pool = new EvaluatorPool(bundle, this.#limits, this.#options.clock);
    this.#current = { digest: bundle.digest, pool };
    if (this.#closed) this.#retire();
    return pool;
  }

  #retire(): void {
    const pool = this.#current?.pool;
    this.#current = undefined;
    if (pool === undefined) return;
    const closing = pool.close().finally(() => this.#closing.delete(closing));
    this.#closing.add(closing);
  }
}

/** The host's own denial. */
function refusal(point: DecisionPoint, rule: string, message: string, bundle: string, input: string): Decision {
  const deny = [{ rule, message, resource: "", controls: [], severity: "Critical" as const }];
  return { point, allow: false, requireApproval: false, deny, warn: [], bundle, input };
}
