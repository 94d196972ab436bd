// What the BlueprintRun controller is given beside the context of a pass, and what its workers need.
import type { Blueprint } from "../../api/index.ts";
import type { Audit, Keyring } from "../../audit/index.ts";
import type { Cost } from "../../finance/index.ts";
import type { Decide } from "../../policy/index.ts";
import type {
  CloudPackage,
  Json,
  PlanSummary,
  Plugins,
  ResolvedInputs,
  ResourceGraph,
  SpecProblem,
  WorkerPool,
} from "../../provision/index.ts";
import type { StateService } from "../../provision/state/index.ts";
import type { ObjectReader } from "../../runtime/index.ts";
import type { InputSources } from "../blueprint/inputs.ts";
import type { IdentityTokens } from "../credentials/tokens.ts";
import type { Backends } from "./backend.ts";
import type { Holders } from "./holder.ts";
import type { WorkBoard } from "./board.ts";
import type { IdentityMemo } from "./identity-memo.ts";
import type { StageResult } from "./stage.ts";

/** The engine as this controller uses it: pure translation and summary, and the pool that runs operations. */
export interface Engine {
  readonly pool: WorkerPool;
  readonly plugins: Plugins;
  /** Longest an operation may take, milliseconds. */
  readonly deadlineMs: number;
  translate(
    blueprint: Blueprint,
    inputs: ResolvedInputs,
    credentials: Readonly<Record<string, string>>,
  ):
    | { readonly kind: "ok"; readonly graph: ResourceGraph }
    | { readonly kind: "refused"; readonly problems: readonly SpecProblem[] };
  /** Plan id, steps, counts and risk. `graph` is absent for a destroy. */
  summarize(
    blueprint: Blueprint,
    inputs: ResolvedInputs,
    graph: ResourceGraph | undefined,
    planned: Extract<StageResult, { kind: "planned" }>,
  ): PlanSummary;
  /** Inputs of the provider of `graph`'s cloud that are no secret, for asking whose cloud it is. */
  providerConfig(
    graph: ResourceGraph | undefined,
    blueprint: Blueprint,
  ): { readonly package: CloudPackage; readonly config: Readonly<Record<string, Json>> } | undefined;
  /** What losing a resource of this type means. */
  readonly nature: (type: string) => { readonly stateful: boolean; readonly irreversible: boolean };
}

export interface RunDeps {
  readonly state: StateService;
  readonly audit: Audit;
  readonly cost: Cost;
  readonly policy: Decide;
  readonly engine: Engine;
  readonly board: WorkBoard;
  readonly holders: Holders;
  readonly identities: IdentityMemo;
  readonly tokens: IdentityTokens;
  readonly backends: Backends;
  readonly blueprintCache: ObjectReader<Blueprint>;
  readonly inputs: Omit<InputSources, "kube">;
  readonly attestationKeys: Keyring;
  readonly approvalKeys: Keyring;
  readonly operatorNamespace: string;
  /** Milliseconds a plan may wait. */
  readonly planLifeMs: number;
  /** The approver must not be who wrote the spec. */
  readonly approver: "anyone" | "notTheAuthor";
  /** The longest a provider call of a dead worker may still be under way, milliseconds. */
  readonly providerTimeoutMs: number;
}
