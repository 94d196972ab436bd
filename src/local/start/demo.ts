// The story of `npm start`: apply the examples, follow them to Ready, break something, see its score fall, see it healed.
import { join } from "node:path";
import type { Blueprint } from "../../api/index.ts";
import { systemClock } from "../../kube/index.ts";
import { span } from "../tools/index.ts";
import { allReady, follow, isReady } from "./follow.ts";
import { askForCheck, breakSomething, isHealed } from "./heal.ts";
import { applyManifests, readManifests } from "./manifests.ts";
import type { Narrator } from "./narrator.ts";
import type { Session } from "./session.ts";
import { createPainter, type Screen } from "./view.ts";

const examples = join(import.meta.dirname, "..", "..", "..", "examples");

/** Rejects when the examples don't get Ready or the damage isn't healed within 10 minutes each. */
export async function tellStory(session: Session, screen: Screen, tell: Narrator, signal: AbortSignal): Promise<void> {
  const objects = await readManifests(examples);
  await tell.step(`examples: ${objects.length} objects applied`, () => applyManifests(session.kube, objects, signal));
  tell.line("\nBuilding what the Blueprints say (the Pulumi engine plans, policy decides, then it is applied):\n");
  const started = systemClock.monotonic();
  const built = createPainter(screen);
  const { met, blueprints } = await follow({
    kube: session.kube,
    signal,
    paint: (rows) => built.paint(rows),
    patienceMs: 600_000,
    until: allReady,
  });
  if (!met) {
    const late = blueprints
      .filter((blueprint) => !isReady(blueprint))
      .map(({ metadata }) => `${metadata.namespace}/${metadata.name}`);
    throw new Error(
      `Not Ready after 10 minutes: ${late.join(", ")}. Its conditions say why (kubectl describe blueprint); the operator's log is ${session.operatorLog}.`,
    );
  }
  tell.line(`\nEvery Blueprint is Ready after ${span(systemClock.monotonic() - started)}.`);
  await tellHealing(session, screen, tell, blueprints, signal);
}

/** Samples of 2 seconds in which the detector gets to know what is ordinary. */
const acquaintanceMs = 40_000;

async function tellHealing(
  session: Session,
  screen: Screen,
  tell: Narrator,
  blueprints: readonly Blueprint[],
  signal: AbortSignal,
): Promise<void> {
  await tell.step("health: the models get to know what is ordinary here", () =>
    systemClock.sleep(acquaintanceMs, signal),
  );
  const breakage = await breakSomething(session.cloudControl, blueprints, signal);
  if (breakage === undefined) {
    tell.line("No example heals drift, so nothing was broken.");
    return;
  }
  const { metadata } = breakage.blueprint;
  const mine = (found: readonly Blueprint[]) => found.find((one) => one.metadata.uid === metadata.uid);
  const classOf = (found: readonly Blueprint[]) => mine(found)?.status?.health?.class;
  tell.line(
    `\nNow behind the operator's back: ${breakage.type} ${breakage.resource}\n  ${breakage.field} was ${JSON.stringify(breakage.before)}\n  ${breakage.field}  is ${JSON.stringify(breakage.after)}\n`,
  );
  const broken = systemClock.monotonic();
  const ill = await watch(session, screen, signal, {
    what: "The score did not fall",
    until: (found) => classOf(found) === "Degraded" || classOf(found) === "Critical",
  });
  const health = mine(ill)?.status?.health;
  tell.line(
    `\nSeen after ${span(systemClock.monotonic() - broken)}: health is ${health?.class ?? ""}, ${health?.score ?? ""} of 100.\n${(
      health?.reasons ?? []
    )
      .slice(0, 4)
      .map(({ message }) => `  ${message}`)
      .join("\n")}\n\nThe operator looks for drift and puts it right:\n`,
  );
  await askForCheck(session.kube, breakage.blueprint, signal);
  let healed = false;
  await watch(session, screen, signal, {
    what: "The damage was not healed",
    until: (found) => healed && allReady(found),
    beforeEach: async () => {
      healed = await isHealed(session.cloudControl, breakage, signal);
    },
  });
  tell.line(
    `\nHealed after ${span(systemClock.monotonic() - broken)}: kubectl get blueprintruns -n ${metadata.namespace} shows the runs and why.\n`,
  );
  const well = await watch(session, screen, signal, {
    what: "The score did not recover",
    until: (found) => classOf(found) === "Healthy",
  });
  tell.line(
    `\nHealthy again after ${span(systemClock.monotonic() - broken)}, ${mine(well)?.status?.health?.score ?? ""} of 100: bin/dharma explain ${metadata.name} -n ${metadata.namespace} shows what the score was made from.`,
  );
}

/** Follows until something holds; the Blueprints as last seen. Rejects when it doesn't hold within 10 minutes. */
async function watch(
  session: Session,
  screen: Screen,
  signal: AbortSignal,
  {
    what,
    ...until
  }: {
    readonly what: string;
    readonly until: (found: readonly Blueprint[]) => boolean;
    readonly beforeEach?: () => Promise<void>;
  },
): Promise<readonly Blueprint[]> {
  const painter = createPainter(screen);
  const { met, blueprints } = await follow({
    kube: session.kube,
    signal,
    paint: (rows) => painter.paint(rows),
    patienceMs: 600_000,
    ...until,
  });
  if (!met) throw new Error(`${what} within 10 minutes; the operator's log is ${session.operatorLog}.`);
  return blueprints;
}
