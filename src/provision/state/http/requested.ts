// Updates announced and not begun: kept for minutes in this process, since the CLI begins right after it announced.
import type { Clock } from "../../../kube/index.ts";
import { StateError } from "../errors.ts";
import type { UpdateInfo } from "../history.ts";
import { stackPath } from "../stack.ts";
import type { StackId, UpdateKind } from "../stack.ts";

export interface Requested {
  readonly id: string;
  readonly stack: StackId;
  readonly kind: UpdateKind;
  readonly info: UpdateInfo;
}

const maxRequested = 2_000;

export class RequestedUpdates {
  readonly #clock: Clock;
  readonly #newId: () => string;
  readonly #known = new Map<string, Requested>();

  constructor(clock: Clock, newId: () => string) {
    this.#clock = clock;
    this.#newId = newId;
  }

  add(update: Omit<Requested, "id">): string {
    const id = `${this.#clock.now().toString(36)}-${this.#newId()}`;
    this.#known.set(id, { ...update, id });
    const [oldest] = this.#known.keys();
    if (this.#known.size > maxRequested && oldest !== undefined) this.#known.delete(oldest);
    return id;
  }

  /** "notFound" after a restart of the operator in between: nothing had begun. */
  get(id: string, stack: StackId): Requested {
    const found = this.#known.get(id);
    if (found && stackPath(found.stack) === stackPath(stack)) return found;
    throw new StateError("notFound", `no update ${id} was announced here; run the command again`);
  }

  remove(id: string): void {
    this.#known.delete(id);
  }
}
