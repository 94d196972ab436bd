// A state with its secrets in clear, as `pulumi stack export --show-secrets` gives it: for the person who may see them.
import type { StateContext } from "./context.ts";
import type { VersionedDeployment } from "./deployment.ts";
import { secretSignature, signatureKey } from "./deployment.ts";
import { StateError } from "./errors.ts";
import { isDeployment } from "./integrity.ts";
import { mapSecrets, openedText } from "./secrets.ts";
import type { StackId } from "./stack.ts";

/** The present state, without `secrets_providers`: nothing is sealed in it. */
export async function revealedState(
  ctx: StateContext,
  stack: StackId,
  signal: AbortSignal,
): Promise<VersionedDeployment> {
  const head = await ctx.cell(stack).mustRead(signal);
  const state = await ctx.contents.current(head, signal);
  const { secrets_providers: _, ...sealed } = state.deployment ?? {};
  const cipher = ctx.contents.cipher(head);
  const shown = (secret: Record<string, unknown>): unknown => {
    const inner: unknown = JSON.parse(openedText(secret, cipher));
    return { [signatureKey]: secretSignature, plaintext: JSON.stringify(mapSecrets(inner, shown)) };
  };
  const deployment = mapSecrets(sealed, shown);
  if (!isDeployment(deployment)) throw new StateError("corrupt", "the state is not a deployment");
  return { ...state, deployment };
}
