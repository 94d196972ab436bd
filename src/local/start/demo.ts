// The story of `npm start`: apply the examples, follow them to Ready, break something, see it healed.
import { join } from "node:path";
import { systemClock } from "../../kube/index.ts";
import { span } from "../tools/index.ts";
import { allReady, follow, isReady } from "./follow.ts";
import { type Breakage, breakSomething, isHealed } from "./heal.ts";
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
  const breakage = await breakSomething(session.kube, session.cloudControl, blueprints, signal);
  if (breakage === undefined) {
    tell.line("No example heals drift, so nothing was broken.");
    return;
  }
  const { metadata } = breakage.blueprint;
  tell.line(
    `\nNow behind the operator's back: ${breakage.type} ${breakage.resource}\n  ${breakage.field} was ${JSON.stringify(breakage.before)}\n  ${breakage.field}  is ${JSON.stringify(breakage.after)}\n`,
  );
  const broken = systemClock.monotonic();
  await untilHealed(session, screen, breakage, signal);
  tell.line(
    `\nHealed after ${span(systemClock.monotonic() - broken)}: kubectl get blueprintruns -n ${metadata.namespace} shows the runs and why.`,
  );
}

async function untilHealed(session: Session, screen: Screen, breakage: Breakage, signal: AbortSignal): Promise<void> {
  const painter = createPainter(screen);
  let healed = false;
  const { met } = await follow({
    kube: session.kube,
    signal,
    paint: (rows) => painter.paint(rows),
    patienceMs: 600_000,
    until: (found) => healed && allReady(found),
    beforeEach: async () => {
      healed = await isHealed(session.cloudControl, breakage, signal);
    },
  });
  if (!met)
    throw new Error(`The damage was not healed within 10 minutes; the operator's log is ${session.operatorLog}.`);
}
