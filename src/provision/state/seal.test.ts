import { randomBytes } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { systemClock } from "../../kube/index.ts";
import { getBlob, maxChunkBytes, openInline, prepareBlob, putBlob, sealInline } from "./blob.ts";
import { parseKeyRing } from "./keys.ts";
import { memoryStackStore } from "./memory-store.ts";
import { newDataKey, rewrapDataKey, stackCipher, unwrapDataKey } from "./seal.ts";
import { mapSecrets, openSecret, resealed, sealSecret } from "./secrets.ts";
import { signToken, verifyToken } from "./tokens.ts";

const line = (id: string, fill: number): string => `${id} ${Buffer.alloc(32, fill).toString("base64")}`;
const ring = parseKeyRing(line("k1", 1));
const cipherOf = (uid: string) =>
  stackCipher(unwrapDataKey(ring, uid, newDataKey(ring, uid, randomBytes)), uid, randomBytes);
const signal = new AbortController().signal;

describe("sealing", () => {
  test("what was sealed opens to itself, inside the head and in chunks", async () => {
    const cipher = cipherOf("a");
    const store = memoryStackStore(systemClock);
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 5_000 }), async (bytes) => {
        expect(Buffer.compare(openInline(cipher, sealInline(cipher, bytes)), bytes)).toBe(0);
        const ref = await putBlob(store, "a", 1, prepareBlob(cipher, bytes), signal);
        expect(Buffer.compare(await getBlob(store, cipher, "a", ref, signal), bytes)).toBe(0);
      }),
      { numRuns: 50 },
    );
  });

  test("large blobs are cut into chunks of at most half a MiB, and equal bytes make equal chunks", async () => {
    const cipher = cipherOf("a");
    const bytes = randomBytes(1_700_000);
    const blob = prepareBlob(cipher, bytes);
    expect(blob.chunks).toHaveLength(4);
    for (const chunk of blob.chunks) expect(chunk.bytes.length).toBeLessThanOrEqual(maxChunkBytes);
    expect(prepareBlob(cipher, bytes)).toEqual(blob);
    const store = memoryStackStore(systemClock);
    const ref = await putBlob(store, "a", 1, blob, signal);
    expect(Buffer.compare(await getBlob(store, cipher, "a", ref, signal), bytes)).toBe(0);
    const swapped = { ...ref, chunks: ref.chunks.toReversed() };
    await expect(getBlob(store, cipher, "a", swapped, signal)).rejects.toThrow();
  });

  test("another stack's key, another purpose and a changed byte are noticed", () => {
    const [a, b] = [cipherOf("a"), cipherOf("b")];
    const sealed = a.sealChunk(Buffer.from("state"));
    expect(() => b.openChunk(sealed)).toThrow(/can't be opened/);
    expect(() => a.openSecret(sealed)).toThrow(/can't be opened/);
    fc.assert(
      fc.property(fc.nat(sealed.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
        const changed = Uint8Array.from(sealed, (byte, index) => (index === at ? byte ^ flip : byte));
        expect(() => a.openChunk(changed)).toThrow(/can't be opened/);
      }),
    );
  });

  test("a rotated key opens old stacks, which move to the new key at their next write", () => {
    const old = newDataKey(ring, "a", randomBytes);
    const both = parseKeyRing(`# new\n${line("k2", 2)}\n${line("k1", 1)}\n`);
    const moved = rewrapDataKey(both, "a", old, randomBytes);
    expect(moved.keyId).toBe("k2");
    expect(unwrapDataKey(both, "a", moved)).toEqual(unwrapDataKey(ring, "a", old));
    expect(() => unwrapDataKey(parseKeyRing(line("k2", 2)), "a", old)).toThrow(/not in the key file any more/);
    expect(() => unwrapDataKey(ring, "b", old)).toThrow(/can't be opened/);
  });

  test.each(["", "k1", "k1 short", `${line("k1", 1)}\n${line("k1", 2)}`, "k 1 AAAA"])(
    "the key file %j is refused",
    (text) => {
      expect(() => parseKeyRing(text)).toThrow(/key file/);
    },
  );
});

describe("secrets inside a state", () => {
  test("are sealed anew for the stack they come to, and refused where nobody can open them", () => {
    const [own, donor, stranger] = [cipherOf("a"), cipherOf("b"), cipherOf("c")];
    const secret = {
      "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
      ciphertext: sealSecret(donor, '"x"'),
    };
    const value = { outputs: { deep: [{ secret }], plain: 1 } };
    const moved = resealed(value, own, [donor]);
    const texts: string[] = [];
    mapSecrets(moved, (found) => texts.push(openSecret(own, String(found["ciphertext"]))));
    expect(texts).toEqual(['"x"']);
    expect(() => resealed(value, own, [stranger])).toThrow(/--show-secrets/);
    const clear = resealed({ ...secret, ciphertext: undefined, plaintext: '"y"' }, own, []);
    expect(JSON.stringify(clear)).not.toContain('\\"y\\"');
  });
});

describe("tokens", () => {
  test("come back as they were signed, and no changed one does", () => {
    const claims = { kind: "person", user: "jane", organization: "shop", rights: "read", expireTime: 10 } as const;
    const token = signToken(ring, claims);
    expect(verifyToken(ring, token, 9)).toEqual(claims);
    expect(() => verifyToken(ring, token, 10)).toThrow(/expired/);
    expect(() => verifyToken(parseKeyRing(line("k1", 9)), token, 9)).toThrow(/signature/);
    fc.assert(
      fc.property(fc.nat(token.length - 1), fc.constantFrom("a", "b", "X", "0", "-", "_", "."), (at, letter) => {
        const changed = token.slice(0, at) + letter + token.slice(at + 1);
        const same = Buffer.from(changed.split(".").at(-1) ?? "", "base64url");
        const right = Buffer.from(token.split(".").at(-1) ?? "", "base64url");
        const meaning = changed.split(".").slice(0, -1).join(".");
        fc.pre(meaning !== token.split(".").slice(0, -1).join(".") || Buffer.compare(same, right) !== 0);
        expect(() => verifyToken(ring, changed, 9)).toThrow(/refused/);
      }),
    );
  });
});
