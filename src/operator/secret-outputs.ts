// Secret outputs of other Blueprints, for inputs that refer to them.
import { stackOf } from "../controllers/stack.ts";
import type { Json } from "../provision/index.ts";
import { isStateError, type StateService } from "../provision/state/index.ts";

/** Reads one secret output from a Blueprint's state; undefined where it has none of that name. */
export function secretOutputFrom(state: StateService) {
  return async (
    blueprint: Parameters<typeof stackOf>[0],
    output: string,
    signal: AbortSignal,
  ): Promise<Json | undefined> => {
    try {
      const { values, secret } = await state.outputs(stackOf(blueprint), signal);
      if (!secret.includes(output)) return undefined;
      const value: Json = JSON.parse(JSON.stringify(values[output] ?? null));
      return value;
    } catch (error) {
      if (isStateError(error, "notFound")) return undefined;
      throw error;
    }
  };
}
