// The administrator's settings file: default credentials of namespaces, named state backends. Read again when it changes.
import { readFile } from "node:fs/promises";
import { Type } from "typebox";
import { Value } from "typebox/value";
import { parse } from "yaml";
import type { Clock } from "../kube/index.ts";
import type { Logger } from "../runtime/index.ts";

const name = Type.String({ minLength: 1, maxLength: 253, pattern: "^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$" });
/** Exact names, or prefixes that end in `*`. */
const namespaces = Type.Array(Type.String({ pattern: "^([a-z0-9]([-a-z0-9]*[a-z0-9])?|[a-z0-9-]*\\*)$" }), {
  minItems: 1,
});
const secretRef = Type.Object({ name }, { additionalProperties: false });

const settingsSchema = Type.Object(
  {
    /** The first that fits counts. References are to the operator's own namespace. */
    credentials: Type.Optional(
      Type.Array(
        Type.Object(
          {
            namespaces,
            provider: Type.Enum(["aws", "azure", "gcp"]),
            secretRef: Type.Optional(secretRef),
            serviceAccountName: Type.Optional(name),
          },
          { additionalProperties: false },
        ),
      ),
    ),
    backends: Type.Optional(
      Type.Array(
        Type.Object(
          {
            name,
            /** As the pulumi CLI takes it: s3://, gs://, azblob://, postgres://, file://. */
            url: Type.String({ pattern: "^(s3|gs|azblob|postgres|file)://.+" }),
            /** Who may name it. Default: every namespace. */
            namespaces: Type.Optional(namespaces),
            /** Environment of the CLI: the backend's own credentials, and PULUMI_CONFIG_PASSPHRASE. */
            secretRef: Type.Optional(secretRef),
          },
          { additionalProperties: false },
        ),
      ),
    ),
  },
  { additionalProperties: false },
);

/** What a namespace may use where a Blueprint names no credentials: something of the operator's own namespace. */
export type DefaultCredentials =
  | { readonly kind: "secret"; readonly name: string }
  | { readonly kind: "serviceAccount"; readonly name: string };

/** A backend that Blueprints may name. */
export interface NamedBackend {
  readonly name: string;
  readonly url: string;
  /** Secret of the operator's namespace. */
  readonly secret: string | undefined;
}

export interface Settings {
  credentialsFor(namespace: string, provider: string): DefaultCredentials | undefined;
  backendsFor(namespace: string): readonly NamedBackend[];
}

/** The file does not say what it should. The message names the place. */
export class SettingsError extends Error {
  override readonly name = "SettingsError";
}

/** Reads settings from YAML. Throws SettingsError. */
export function parseSettings(text: string): Settings {
  let value: unknown;
  try {
    value = parse(text) ?? {};
  } catch (error) {
    throw new SettingsError(`the settings are not YAML: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (!Value.Check(settingsSchema, value)) {
    const [first] = Value.Errors(settingsSchema, value);
    throw new SettingsError(`the settings are wrong at ${first?.instancePath || "/"}: ${first?.message ?? "refused"}`);
  }
  const { credentials = [], backends = [] } = value;
  for (const [index, { secretRef: secret, serviceAccountName }] of credentials.entries()) {
    if ((secret === undefined) === (serviceAccountName === undefined))
      throw new SettingsError(`the settings are wrong at /credentials/${index}: give secretRef or serviceAccountName`);
  }
  const twice = backends.find((each, index) => backends.findIndex((other) => other.name === each.name) !== index);
  if (twice !== undefined) throw new SettingsError(`the settings name the backend ${twice.name} twice`);
  return {
    credentialsFor(namespace, provider) {
      const found = credentials.find((each) => each.provider === provider && fits(each.namespaces, namespace));
      if (found?.secretRef !== undefined) return { kind: "secret", name: found.secretRef.name };
      if (found?.serviceAccountName !== undefined) return { kind: "serviceAccount", name: found.serviceAccountName };
      return undefined;
    },
    backendsFor: (namespace) =>
      backends
        .filter((each) => fits(each.namespaces ?? ["*"], namespace))
        .map((each) => ({ name: each.name, url: each.url, secret: each.secretRef?.name })),
  };
}

function fits(patterns: readonly string[], namespace: string): boolean {
  return patterns.some((pattern) =>
    pattern.endsWith("*") ? namespace.startsWith(pattern.slice(0, -1)) : namespace === pattern,
  );
}

/** Settings that follow their file: `run` looks at it every five seconds; what is wrong is told and the last good ones stay. */
export interface SettingsFile {
  readonly current: () => Settings;
  run(signal: AbortSignal): Promise<void>;
}

const lookEveryMs = 5_000;

/** Reads the file once; rejects with SettingsError. Without a path: nothing is set. */
export async function settingsFile(
  path: string | undefined,
  { clock, log }: { readonly clock: Clock; readonly log: Logger },
): Promise<SettingsFile> {
  if (path === undefined) {
    const none = parseSettings("");
    return { current: () => none, run: async () => undefined };
  }
  let text = await readFile(path, "utf8").catch((error: unknown) => {
    throw new SettingsError(`--settings: ${error instanceof Error ? error.message : String(error)}`);
  });
  let seen = text;
  let current = parseSettings(text);
  return {
    current: () => current,
    async run(signal) {
      while (!signal.aborted) {
        await clock.sleep(lookEveryMs, signal);
        try {
          const before = seen;
          const next = await readFile(path, "utf8");
          seen = next;
          // An editor empties a file before it writes: what is there twice is meant.
          if (next === text || next !== before) continue;
          text = next;
          current = parseSettings(next);
          log.info("the settings were read again", { path });
        } catch (error) {
          log.error("the settings can't be used: the last good ones stay", { path, error });
        }
      }
    },
  };
}
