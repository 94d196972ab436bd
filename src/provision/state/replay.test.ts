import { readFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Deployment, VersionedDeployment } from "./deployment.ts";
import { stateDigest } from "./digest.ts";
import { replayCases } from "./fixtures/journals.ts";
import type { ReplayCase } from "./fixtures/journals.ts";
import { integrityProblem, parseImport } from "./integrity.ts";
import { parseJournalEntries } from "./journal.ts";
import { replay } from "./replay.ts";

const stamp = { time: "2026-01-01T00:00:00.000Z", engineVersion: "v3.250.0" };
const replayed = ({ base, entries }: ReplayCase): VersionedDeployment =>
  replay({ version: 3, deployment: base }, entries, stamp);

/**
 * Journals of fixtures/journals.ts (fast-check seed 42) with what Pulumi's own replayer made of them: backend.NewJournalReplayer,
 * Add for each entry, GenerateDeployment, of github.com/pulumi/pulumi/pkg/v3 v3.250.0, run by a Go program of 40 lines.
 * 2,586 other journals gave equal results when this was written.
 */
async function golden(): Promise<readonly (ReplayCase & { readonly result: VersionedDeployment })[]> {
  const text = await readFile(join(import.meta.dirname, "fixtures", "replay-golden.json"), "utf8");
  return JSON.parse(text);
}

/** Without the manifest (time), and without the order of pending operations (random in Go). */
function comparable({ version, features, deployment }: VersionedDeployment): unknown {
  const { manifest: _, pending_operations: pending = [], resources = [], ...rest } = deployment ?? {};
  const operations = pending.map((operation) => `${operation.type} ${operation.resource.urn}`).toSorted();
  return { version, features: features ?? [], ...rest, resources, operations };
}

describe("replaying a journal", () => {
  test("gives what Pulumi's own replayer gives", async () => {
    const cases = await golden();
    expect(cases.length).toBeGreaterThan(30);
    for (const { result, ...journal } of cases) expect(comparable(replayed(journal))).toEqual(comparable(result));
  });

  test("depends on sequence ids only, not on the order of arrival", () => {
    fc.assert(
      fc.property(replayCases, fc.infiniteStream(fc.nat()), ({ base, entries }, dice) => {
        const shuffled = entries
          .map((entry) => ({ entry, at: dice.next().value ?? 0 }))
          .toSorted((a, b) => a.at - b.at)
          .map(({ entry }) => entry);
        expect(replayed({ base, entries: shuffled })).toEqual(replayed({ base, entries }));
      }),
    );
  });

  test("leaves the base and the entries as they were, and accepts what it read from the wire", () => {
    fc.assert(
      fc.property(replayCases, (journal) => {
        const copy = structuredClone(journal);
        const first = replayed(journal);
        expect(journal).toEqual(copy);
        const wire: unknown = JSON.parse(JSON.stringify({ entries: journal.entries }));
        expect(replayed({ base: journal.base, entries: parseJournalEntries(wire) })).toEqual(first);
      }),
    );
  });

  test("keeps every create that had begun and not ended as pending, whatever comes after", () => {
    const resource = { urn: "urn:pulumi:s::p::t:i:T::x", type: "t:i:T", custom: true };
    const begun = {
      version: 1,
      kind: 0,
      sequenceID: 1,
      operationID: 1,
      operation: { resource, type: "creating" },
    } as const;
    const first = replayed({ base: {}, entries: [begun] });
    expect(first.deployment?.pending_operations).toEqual([begun.operation]);
    const later = { version: 1, kind: 6, sequenceID: 1, operationID: 0, secretsProvider: { type: "service" } } as const;
    const second = replay(first, [later], stamp);
    expect(second.deployment?.pending_operations).toEqual([begun.operation]);
  });

  test("refuses an entry that changes what was never made", () => {
    const entry = { version: 1, kind: 1, sequenceID: 2, operationID: 2, removeNew: 1 };
    expect(() => replayed({ base: {}, entries: [entry] })).toThrow(/made nothing/);
  });

  test.each([
    [{ entries: 1 }],
    [{ entries: [{ version: 2, kind: 0, sequenceID: 1, operationID: 1 }] }],
    [{ entries: [{ version: 1, kind: 10, sequenceID: 1, operationID: 1 }] }],
    [{ entries: [{ version: 1, kind: 1, sequenceID: 1.5, operationID: 1 }] }],
    [{ entries: [{ version: 1, kind: 1, sequenceID: 1, operationID: 1, removeOld: -1 }] }],
    [{ entries: [{ version: 1, kind: 1, sequenceID: 1, operationID: 1, state: {} }] }],
    [[]],
  ])("refuses %j at the door", (body) => {
    expect(() => parseJournalEntries(body)).toThrow(/journal entries refused/);
  });
});

const secrets = { decrypt: (text: string) => text.split("/")[0] ?? "", key: new Uint8Array(32) };
const secret = (ciphertext: string) => ({
  "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
  ciphertext,
});

function stateOf(change: Partial<NonNullable<Deployment["resources"]>[number]>): VersionedDeployment {
  const resource = {
    urn: "urn:pulumi:s::p::t:i:T::x",
    type: "t:i:T",
    inputs: { a: 1, b: secret("hush/1") },
    ...change,
  };
  return { version: 3, deployment: { manifest: { time: "now" }, resources: [resource] } };
}

describe("the semantic digest of a state", () => {
  const digest = (state: VersionedDeployment): string => stateDigest(state, secrets);

  test("is blind to times, places in source, ciphertext and order of keys", () => {
    const base = digest(stateOf({}));
    expect(base).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(digest(stateOf({ modified: "later", created: "x", sourcePosition: "y" }))).toBe(base);
    expect(digest(stateOf({ inputs: { b: secret("hush/2"), a: 1 } }))).toBe(base);
    expect(digest({ ...stateOf({}), deployment: { ...stateOf({}).deployment, manifest: {} } })).toBe(base);
  });

  test("sees every change of meaning, also inside a secret", () => {
    const changes = [
      {},
      { inputs: { a: 2, b: secret("hush/1") } },
      { inputs: { a: 1, b: secret("loud/1") } },
      { inputs: { a: 1, b: "hush" } },
      { id: "i" },
      { protect: true },
      { delete: true },
      { outputs: { created: "a property, not the field" } },
      { outputs: { created: "another" } },
    ];
    expect(new Set(changes.map((change) => digest(stateOf(change)))).size).toBe(changes.length);
  });
});

describe("an imported state", () => {
  const thing = (urn: string, rest: object = {}) => ({ urn, type: "t:i:T", custom: true, ...rest });
  test.each<[string, unknown, RegExp]>([
    ["no object", 7, /not a deployment/],
    ["schema 2", { version: 2, deployment: {} }, /schema version 2/],
    ["resources without type", { version: 3, deployment: { resources: [{ urn: "u" }] } }, /urn and type/],
    [
      "another secrets provider",
      { version: 3, deployment: { secrets_providers: { type: "passphrase" } } },
      /passphrase/,
    ],
    [
      "a forged manifest",
      { version: 3, deployment: { manifest: { version: "v1", magic: "x" }, resources: [thing("u")] } },
      /magic/,
    ],
    ["a missing parent", { version: 3, deployment: { resources: [thing("u", { parent: "v" })] } }, /parent v/],
    [
      "a dependency after it",
      { version: 3, deployment: { resources: [thing("u", { dependencies: ["v"] }), thing("v")] } },
      /dependency v/,
    ],
    ["a duplicate", { version: 3, deployment: { resources: [thing("u"), thing("u")] } }, /duplicate resource u/],
  ])("is refused for %s", (_, body, why) => {
    expect(() => parseImport(body)).toThrow(why);
  });

  test("may hold the same resource again where all but one wait for deletion", () => {
    const resources = [thing("u"), thing("u", { delete: true })];
    expect(integrityProblem({ resources })).toBeUndefined();
    expect(parseImport({ version: 4, features: ["views"], deployment: { resources } })).toMatchObject({ version: 4 });
  });
});
