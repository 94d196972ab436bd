// Says what is being done and how long it took.
import type { Clock } from "../../kube/index.ts";
import { span } from "../tools/index.ts";
import type { Screen } from "./view.ts";

export interface Narrator {
  line(text: string): void;
  /** Runs a step under its name; one line when it is done, or when it has failed. */
  step<T>(name: string, work: () => Promise<T>): Promise<T>;
}

export function createNarrator(screen: Screen, clock: Clock): Narrator {
  const line = (text: string) => screen.write(`${text}\n`);
  return {
    line,
    step: async (name, work) => {
      const started = clock.monotonic();
      if (screen.isTTY) screen.write(`  … ${name}`);
      const clear = screen.isTTY ? "\r\u001b[2K" : "";
      try {
        const result = await work();
        const took = clock.monotonic() - started;
        screen.write(`${clear}  ok  ${name}${took > 950 ? ` (${span(took)})` : ""}\n`);
        return result;
      } catch (error) {
        screen.write(`${clear}  --  ${name}\n`);
        throw error;
      }
    },
  };
}
