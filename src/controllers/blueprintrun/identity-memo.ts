// What clouds said of credentials a short while ago: asking takes a worker process, and the answer hardly ever changes.
import { createHash } from "node:crypto";
import type { Clock } from "../../kube/index.ts";

/** Answers by what was asked; bounded in number and age. Refusals are not remembered. */
export interface IdentityMemo {
  recall(question: object): string | undefined;
  remember(question: object, identity: string): void;
}

const lifeMs = 10 * 60_000;
const most = 1_000;

/** An empty memo. Keeps digests of questions, which hold credentials, never the questions. */
export function createIdentityMemo(clock: Clock): IdentityMemo {
  const answers = new Map<string, { readonly identity: string; readonly until: number }>();
  return {
    recall(question) {
      const answer = answers.get(digest(question));
      return answer !== undefined && answer.until > clock.monotonic() ? answer.identity : undefined;
    },
    remember(question, identity) {
      if (answers.size >= most) answers.delete(answers.keys().next().value ?? "");
      answers.set(digest(question), { identity, until: clock.monotonic() + lifeMs });
    },
  };
}

function digest(question: object): string {
  return createHash("sha256").update(JSON.stringify(question)).digest("hex");
}
