// Maintenance windows: when changes may be made, from cron schedules in a time zone of their own.
import { Cron } from "croner";
import { durationMs, type Window } from "../../api/index.ts";

/** Open now, or the milliseconds until the next one opens (undefined: never again). */
export type WindowState =
  | { readonly kind: "open" }
  | { readonly kind: "closed"; readonly opensInMs: number | undefined; readonly name: string };

/** An empty or absent list is always open. A schedule that cannot be read is refused at admission and here never opens. */
export function windowState(windows: readonly Window[] | undefined, nowMs: number): WindowState {
  if (windows === undefined || windows.length === 0) return { kind: "open" };
  let next: { opensInMs: number; name: string } | undefined;
  for (const window of windows) {
    const opening = openings(window, nowMs);
    if (opening === undefined) continue;
    if (opening.openNow) return { kind: "open" };
    if (opening.nextMs !== undefined && (next === undefined || opening.nextMs - nowMs < next.opensInMs)) {
      next = { opensInMs: opening.nextMs - nowMs, name: window.name };
    }
  }
  return { kind: "closed", opensInMs: next?.opensInMs, name: next?.name ?? windows[0]?.name ?? "" };
}

function openings(window: Window, nowMs: number): { openNow: boolean; nextMs: number | undefined } | undefined {
  const openForMs = durationMs(window.duration);
  if (openForMs === undefined) return undefined;
  let cron: Cron;
  try {
    cron = new Cron(window.schedule, { timezone: window.timeZone ?? "UTC", paused: true });
    // The first tick after (now - duration) is in the past exactly when a window that has not ended is open.
    const latest = cron.nextRun(new Date(nowMs - openForMs));
    const openNow = latest !== null && latest.getTime() <= nowMs;
    return { openNow, nextMs: cron.nextRun(new Date(nowMs))?.getTime() };
  } catch {
    return undefined;
  }
}
