// A bounded number of turns, fair over namespaces: the one with the fewest running goes next, then the one served longest ago.

/** Hands out turns. */
export interface Turns {
  /** Resolves with a function that gives the turn back. Rejects with the signal's reason when it aborts first. */
  take(namespace: string, signal: AbortSignal): Promise<() => void>;
  readonly waiting: number;
}

interface Waiter {
  readonly namespace: string;
  readonly go: (release: () => void) => void;
}

/** At most `size` turns at once. */
export function createTurns(size: number): Turns {
  const running = new Map<string, number>();
  const queue: Waiter[] = [];
  const served = new Map<string, number>();
  let turn = 0;
  let used = 0;

  // Sorting is stable: inside a namespace who came first goes first.
  const fairness = (left: Waiter, right: Waiter) =>
    (running.get(left.namespace) ?? 0) - (running.get(right.namespace) ?? 0) ||
    (served.get(left.namespace) ?? 0) - (served.get(right.namespace) ?? 0);
  const release = (namespace: string) => {
    used -= 1;
    const left = (running.get(namespace) ?? 1) - 1;
    if (left === 0) running.delete(namespace);
    else running.set(namespace, left);
    next();
  };
  const next = () => {
    while (used < size) {
      const [waiter] = queue.toSorted(fairness);
      if (waiter === undefined) {
        if (used === 0) served.clear();
        return;
      }
      queue.splice(queue.indexOf(waiter), 1);
      used += 1;
      turn += 1;
      served.set(waiter.namespace, turn);
      running.set(waiter.namespace, (running.get(waiter.namespace) ?? 0) + 1);
      let given = false;
      waiter.go(() => {
        if (given) return;
        given = true;
        release(waiter.namespace);
      });
    }
  };

  return {
    get waiting() {
      return queue.length;
    },
    take: (namespace, signal) =>
      new Promise((resolve, reject) => {
        if (signal.aborted) {
          reject(signal.reason);
          return;
        }
        const onAbort = () => {
          queue.splice(queue.indexOf(waiter), 1);
          reject(signal.reason);
        };
        const waiter: Waiter = {
          namespace,
          go: (giveBack) => {
            signal.removeEventListener("abort", onAbort);
            resolve(giveBack);
          },
        };
        signal.addEventListener("abort", onAbort, { once: true });
        queue.push(waiter);
        next();
      }),
  };
}
