// Predictions that can be checked: what everybody said of some subjects, held until it is known what came of it.

/** A prediction that waits for its outcome. */
export interface Forecast {
  readonly uid: string;
  /** When it was made, ms since the epoch. */
  readonly time: number;
  /** Probability by the digest of the model. */
  readonly predicted: Readonly<Record<string, number>>;
}

/** What came of it; undefined where that cannot be told: no data is no outcome. */
export type Actual = (forecast: Forecast) => 0 | 1 | undefined;

export interface Forecasts {
  /** Whether a subject is to be predicted now: not again within an hour, and never more than are held. */
  wants(uid: string, now: number): boolean;
  hold(forecast: Forecast): void;
  /** Takes out what is due at `now` and gives those whose outcome can be told. */
  due(now: number, actual: Actual): readonly { readonly forecast: Forecast; readonly actual: 0 | 1 }[];
  readonly size: number;
}

/** A day: the horizon of the models. */
export const horizonMs = 86_400_000;
const againMs = 3_600_000;

/** At most `most` forecasts are held (default 10,000); they are lost with the process, and with them only some outcomes. */
export function createForecasts({ most = 10_000 }: { readonly most?: number } = {}): Forecasts {
  let held: readonly Forecast[] = [];
  const lastOf = new Map<string, number>();
  return {
    wants: (uid, now) => held.length < most && now - (lastOf.get(uid) ?? Number.NEGATIVE_INFINITY) >= againMs,
    hold(forecast) {
      held = [...held, forecast];
      lastOf.set(forecast.uid, forecast.time);
    },
    due(now, actual) {
      const ripe = held.filter(({ time }) => now - time >= horizonMs);
      if (ripe.length === 0) return [];
      held = held.filter(({ time }) => now - time < horizonMs);
      const waiting = new Set(held.map(({ uid }) => uid));
      for (const { uid } of ripe) if (!waiting.has(uid)) lastOf.delete(uid);
      return ripe.flatMap((forecast) => {
        const came = actual(forecast);
        return came === undefined ? [] : [{ forecast, actual: came }];
      });
    },
    get size() {
      return held.length;
    },
  };
}
