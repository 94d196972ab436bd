// Pulumi's secrets provider "service": encrypt and decrypt with the stack's key, one value or many.
import type { StateContext } from "../context.ts";
import { isObject } from "../deployment.ts";
import type { StackCipher } from "../seal.ts";
import type { StackId } from "../stack.ts";
import { mayTouch } from "./access.ts";
import { base64, base64List } from "./body.ts";
import type { ApiAnswer, ApiCall } from "./exchange.ts";

export async function postEncrypt(ctx: StateContext, call: ApiCall, stack: StackId): Promise<ApiAnswer> {
  const cipher = await cipherFor(ctx, call, stack);
  return { status: 200, body: { ciphertext: encoded(cipher.sealSecret(base64(field(call, "plaintext")))) } };
}

export async function postDecrypt(ctx: StateContext, call: ApiCall, stack: StackId): Promise<ApiAnswer> {
  const cipher = await cipherFor(ctx, call, stack);
  return { status: 200, body: { plaintext: encoded(cipher.openSecret(base64(field(call, "ciphertext")))) } };
}

export async function postBatchEncrypt(ctx: StateContext, call: ApiCall, stack: StackId): Promise<ApiAnswer> {
  const cipher = await cipherFor(ctx, call, stack);
  const ciphertexts = base64List(field(call, "plaintexts")).map((plaintext) => encoded(cipher.sealSecret(plaintext)));
  return { status: 200, body: { ciphertexts } };
}

export async function postBatchDecrypt(ctx: StateContext, call: ApiCall, stack: StackId): Promise<ApiAnswer> {
  const cipher = await cipherFor(ctx, call, stack);
  const plaintexts = base64List(field(call, "ciphertexts")).map(
    (ciphertext) => [encoded(ciphertext), encoded(cipher.openSecret(ciphertext))] as const,
  );
  return { status: 200, body: { plaintexts: Object.fromEntries(plaintexts) } };
}

/** A preview needs the secrets of the state: reading is enough for both directions, nothing is written. */
async function cipherFor(ctx: StateContext, call: ApiCall, stack: StackId): Promise<StackCipher> {
  mayTouch(call.claims, stack, "read");
  return ctx.contents.cipher(await ctx.cell(stack).recent(call.signal));
}

function field(call: ApiCall, name: string): unknown {
  return isObject(call.body) ? call.body[name] : undefined;
}

function encoded(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("base64");
}
