// Availability zone names by region and number.
import type { CloudProvider } from "../graph/graph.ts";

/**
 * Zone letters of regions that don't simply start at `a`. Sources: the clouds' region documentation; which letters an AWS
 * account sees can differ, then `overrides` on the subnet names another.
 */
const LETTERS: Readonly<Record<string, string>> = {
  "aws/us-east-1": "abcdef",
  "aws/us-west-2": "abcd",
  "aws/ap-northeast-1": "acd",
  "aws/ca-central-1": "abd",
  "aws/us-west-1": "ac",
  "gcp/europe-west1": "bcd",
  "gcp/us-central1": "abcf",
  "gcp/us-east1": "bcd",
};

/** Name of the zone with `index` from 0, going round where the region has fewer; on Azure its number as text. */
export function zoneName(provider: CloudProvider, region: string, index: number): string {
  if (provider === "azure") return String((index % 3) + 1);
  const letters = LETTERS[`${provider}/${region}`] ?? "abc";
  const letter = letters[index % letters.length] ?? "a";
  return provider === "aws" ? `${region}${letter}` : `${region}-${letter}`;
}
