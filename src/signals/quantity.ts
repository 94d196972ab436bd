// Kubernetes quantities as numbers (k8s.io/apimachinery pkg/api/resource).

const units: Readonly<Record<string, number>> = {
  "": 1,
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

/** The number in base units (cores, bytes): `250m` is 0.25, `2Ki` 2048, `1e3` 1000; undefined for what is no quantity. */
export function quantityOf(text: unknown): number | undefined {
  if (typeof text !== "string") return undefined;
  const match = /^([+-]?(?:\d+\.?\d*|\.\d+))(?:([eE][+-]?\d+)|([numkMGTPE]|[KMGTPE]i))?$/.exec(text);
  if (match === null) return undefined;
  const [, number = "", exponent = "", unit = ""] = match;
  const factor = units[unit];
  return factor === undefined ? undefined : Number(number + exponent) * factor;
}
