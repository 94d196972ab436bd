// Work on hundreds of thousands of things in the event loop's thread: everybody else gets their turn in between.

/** Things between two turns: about a millisecond of the simplest work. */
const chunk = 2_048;

/** Visits each thing; gives others a turn after every so many. */
export async function inTurns<T>(things: Iterable<T>, visit: (thing: T) => void): Promise<void> {
  let seen = 0;
  for (const thing of things) {
    visit(thing);
    seen += 1;
    // oxlint-disable-next-line no-await-in-loop -- that is what it is for
    if (seen % chunk === 0) await turn();
  }
}

/** Lets everything else of the process have a turn. */
export const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
