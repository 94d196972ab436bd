// Signatures made by the real opa, checked here; then everything that can be wrong with one.
import { execFile } from "node:child_process";
import { createHmac, generateKeyPairSync } from "node:crypto";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { opaPath } from "../../test/support/policy.ts";
import { BundleError, unpack } from "./bundle.ts";
import { verifySignature } from "./signature.ts";

const run = promisify(execFile);
const pem = {
  publicKeyEncoding: { type: "spki", format: "pem" },
  privateKeyEncoding: { type: "pkcs8", format: "pem" },
};
const rsa = generateKeyPairSync("rsa", { modulusLength: 2048, ...pem } as never) as unknown as Pair;
const ec = generateKeyPairSync("ec", { namedCurve: "P-256", ...pem } as never) as unknown as Pair;
interface Pair {
  readonly publicKey: string;
  readonly privateKey: string;
}

let root: string;
let opa: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "dharma-signature-"));
  opa = await opaPath();
  await mkdir(join(root, "p"));
  await writeFile(
    join(root, "p", "plan.rego"),
    `package dharma.plan\ndecision := {"allow": true, "requireApproval": false, "deny": [], "warn": []}\n`,
  );
  // What canonical forms differ about: order, numbers, escapes.
  await writeFile(
    join(root, "p", "data.json"),
    String.raw`{"z": 1.50, "a": {"é": "<&>", "𝒳": 1e3, "￿": 12345678901234567890, "l": " \t\u0001"}, "n": [null, true, -0.0]}`,
  );
});
afterAll(() => rm(root, { recursive: true, force: true }));

async function signed(alg: string, { privateKey }: Pair): Promise<Map<string, Uint8Array>> {
  await writeFile(join(root, "key.pem"), privateKey);
  const output = join(root, `${alg}.tar.gz`);
  const args = ["build", "-t", "wasm", "-e", "dharma/plan/decision", "-b", "p", "--signing-key", "key.pem"];
  await run(opa, [...args, "--signing-alg", alg, "-o", output], { cwd: root });
  return new Map(unpack(await readFile(output), "test"));
}

describe("a bundle signed by opa is accepted", () => {
  test.each([
    ["RS256", rsa],
    ["PS384", rsa],
    ["ES256", ec],
  ])("with %s", async (alg, pair) => {
    expect(() => verifySignature(new Map(), pair.publicKey)).toThrow(/not signed/);
    const files = await signed(alg, pair);
    expect(() => verifySignature(files, pair.publicKey)).not.toThrow();
  });

  test("whatever the layout of its data", async () => {
    const files = await signed("ES256", ec);
    const data: unknown = JSON.parse(Buffer.from(files.get(".manifest") ?? []).toString());
    files.set(".manifest", Buffer.from(JSON.stringify(data, undefined, 7)));
    expect(() => verifySignature(files, ec.publicKey)).not.toThrow();
  });
});

describe("a signature is refused", () => {
  test.each<[string, (files: Map<string, Uint8Array>) => unknown, string, RegExp]>([
    ["by another key", () => undefined, rsa.publicKey, /signed by ES256/],
    ["by another key of its kind", () => undefined, generateOther(), /not by publicKey/],
    ["a changed file", (files) => files.set("policy.wasm", Buffer.from("x")), ec.publicKey, /policy\.wasm is not what/],
    ["changed data", (files) => files.set("data.json", Buffer.from("{}")), ec.publicKey, /data\.json is not what/],
    [
      "a file that was added",
      (files) => files.set("more.rego", Buffer.from("x")),
      ec.publicKey,
      /more\.rego is not in/,
    ],
    [
      "a file that was taken",
      (files) => files.delete("data.json"),
      ec.publicKey,
      /data\.json was signed and is missing/,
    ],
    ["none", (files) => files.delete(".signatures.json"), ec.publicKey, /not signed/],
    ["no JSON", (files) => files.set(".signatures.json", Buffer.from("x")), ec.publicKey, /can't be read/],
    ["no JWT", (files) => files.set(".signatures.json", Buffer.from("{}")), ec.publicKey, /no JWT/],
    ["alg none", (files) => files.set(".signatures.json", token({ alg: "none" }, "")), ec.publicKey, /signed by none/],
    [
      "an HMAC with the public key as its secret",
      (files) => files.set(".signatures.json", token({ alg: "HS256" }, ec.publicKey)),
      ec.publicKey,
      /signed by HS256/,
    ],
    ["a private key in place of the public one", () => undefined, ec.privateKey, /no public key/],
    ["what is no key", () => undefined, "hello", /no public key/],
  ])("%s", async (_, change, key, message) => {
    const files = await signed("ES256", ec);
    change(files);
    expect(() => verifySignature(files, key)).toThrow(message);
    expect(() => verifySignature(files, key)).toThrow(BundleError);
  });
});

function token(header: object, secret: string): Buffer {
  const parts = [header, { files: [] }].map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"));
  const mac = createHmac("sha256", secret).update(parts.join(".")).digest("base64url");
  return Buffer.from(JSON.stringify({ signatures: [[...parts, mac].join(".")] }));
}

function generateOther(): string {
  return (generateKeyPairSync("ec", { namedCurve: "P-256", ...pem } as never) as unknown as Pair).publicKey;
}
