// Compares resourceVersions. They are opaque, except that integer ones compare as integers (KEP-5504, Kubernetes 1.35).

const integer = /^[1-9][0-9]*$/;

/** "same", "older" or "newer" is `a` than `b`; "unknown" when they differ and are not both integers. */
export function compareVersions(a: string, b: string): "same" | "older" | "newer" | "unknown" {
  if (a === b) return "same";
  if (!integer.test(a) || !integer.test(b)) return "unknown";
  // As integers of any size: without leading zeros the longer is the larger.
  const less = a.length === b.length ? a < b : a.length < b.length;
  return less ? "older" : "newer";
}

/** True when what was seen at `seen` includes what was written at `wanted`, as far as can be told. */
export function includesVersion(seen: string, wanted: string): boolean {
  const order = compareVersions(seen, wanted);
  return order === "same" || order === "newer";
}
