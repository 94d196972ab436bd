// Where models come from, as the registry follows them.
import type { ModelFile } from "../model/folder.ts";

/** A place that holds any number of models. */
export interface ModelSource {
  /** For messages: `directory /models`. */
  readonly name: string;
  /** Between two looks, milliseconds. */
  readonly intervalMs: number;
  /**
   * What it holds now; cheap where nothing changed. Rejects with ModelError when it can't be looked at: what it gave
   * before stays.
   */
  look(signal: AbortSignal): Promise<readonly FoundModel[]>;
  /** Resolves when it is worth looking at once; absent: only time tells. */
  changed?(signal: AbortSignal): Promise<void>;
}

/** One model in a source. */
export interface FoundModel {
  /** Unique over all sources: `ConfigMap dharma-system/anomaly`. */
  readonly origin: string;
  /** Another revision is another content. */
  readonly revision: string;
  /** NAME/VARIANT where the place says so; a manifest that says otherwise is refused. */
  readonly slot?: string;
  /** Reads it. Rejects with ModelError; `Unavailable` is tried again, anything else only when the revision changes. */
  load(signal: AbortSignal): Promise<ModelFile>;
}
