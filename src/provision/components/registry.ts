// The component types there are.
import type { ComponentDefinition } from "./component.ts";
import { network } from "./network.ts";
import { objectStore } from "./object-store.ts";
import { virtualMachine } from "./virtual-machine.ts";

/** Component types by name. */
export const COMPONENTS: ReadonlyMap<string, ComponentDefinition> = new Map(
  [network, objectStore, virtualMachine].map((definition) => [definition.type, definition]),
);
