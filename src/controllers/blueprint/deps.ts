// What the Blueprint controller is given beside the context of a pass.
import type { Blueprint, BlueprintRun } from "../../api/index.ts";
import type { Audit } from "../../audit/index.ts";
import type { SpecProblem } from "../../provision/index.ts";
import type { StateService } from "../../provision/state/index.ts";
import type { ObjectReader } from "../../runtime/index.ts";
import type { InputSources } from "./inputs.ts";
import type { PolicyInForce } from "./observed.ts";

export interface BlueprintDeps {
  readonly state: StateService;
  readonly audit: Audit;
  /** With the indexes of runs.ts. */
  readonly runCache: ObjectReader<BlueprintRun>;
  readonly blueprintCache: ObjectReader<Blueprint>;
  /** Everything inputs are read from but the API server, which comes with each pass. */
  readonly inputs: Omit<InputSources, "kube">;
  /** What is wrong with a spec by itself; empty when nothing is. */
  readonly checkSpec: (blueprint: Blueprint) => readonly SpecProblem[];
  /** Names of the state backends that an administrator lets a namespace use. */
  readonly backends: (namespace: string) => readonly string[];
  /** What decides about a Blueprint now. */
  readonly policy: (blueprint: Blueprint) => PolicyInForce | undefined;
  readonly operatorNamespace: string;
}
