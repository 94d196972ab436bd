// The part of a series that a forecast is made from.

/** The last `length` values, oldest first; NaN for what is missing or was before the series began. */
export function forecastWindow(history: readonly number[], length: number): Float32Array {
  const window = new Float32Array(length).fill(Number.NaN);
  const taken = Math.min(length, history.length);
  for (let back = 1; back <= taken; back++) {
    const value = history[history.length - back] ?? Number.NaN;
    // A value float32 can't hold is as good as none: infinity would spread over the whole forecast.
    if (Math.abs(value) < largest) window[length - back] = value;
  }
  return window;
}

/** How many values of the window are known. */
export function observedIn(window: ArrayLike<number>): number {
  let count = 0;
  for (let at = 0; at < window.length; at++) if (!Number.isNaN(window[at])) count += 1;
  return count;
}

/** Leaves room for sums over a window within float32. */
const largest = 1e30;
