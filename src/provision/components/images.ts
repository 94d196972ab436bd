// Operating system images by the name every cloud knows them under.
import type { CloudProvider } from "../graph/graph.ts";
import type { Architecture } from "./sizing.ts";

/** Images that exist on all three clouds, always in their latest patch release when a machine is made. */
export const IMAGES = ["debian-12", "ubuntu-22.04", "ubuntu-24.04"] as const;
/** Name of an image. */
export type ImageName = (typeof IMAGES)[number];

/** An image on AWS: a public SSM parameter that holds the AMI id, and the device its root volume is. */
export interface AwsImage {
  readonly parameter: string;
  readonly rootDevice: string;
}

/** Sources: wiki.debian.org/Cloud/AmazonEC2Image and Canonical's "Find Ubuntu images on AWS". */
export function awsImage(image: ImageName, architecture: Architecture): AwsImage {
  switch (image) {
    case "debian-12":
      return { parameter: `/aws/service/debian/release/12/latest/${architecture}`, rootDevice: "/dev/xvda" };
    case "ubuntu-22.04":
      return { parameter: canonical("22.04", architecture, "ebs-gp2"), rootDevice: "/dev/sda1" };
    case "ubuntu-24.04":
      return { parameter: canonical("24.04", architecture, "ebs-gp3"), rootDevice: "/dev/sda1" };
  }
}

function canonical(release: string, architecture: Architecture, volume: string): string {
  return `/aws/service/canonical/ubuntu/server/${release}/stable/current/${architecture}/hvm/${volume}/ami-id`;
}

/** An image of the Azure marketplace. */
export interface AzureImage {
  readonly publisher: string;
  readonly offer: string;
  readonly sku: string;
  readonly version: string;
}

/** Source: Azure's "endorsed Linux distributions" (second generation images). */
export function azureImage(image: ImageName, architecture: Architecture): AzureImage {
  const arm = architecture === "arm64";
  switch (image) {
    case "debian-12":
      return { publisher: "Debian", offer: "debian-12", sku: arm ? "12-arm64" : "12-gen2", version: "latest" };
    case "ubuntu-22.04":
      return {
        publisher: "Canonical",
        offer: "0001-com-ubuntu-server-jammy",
        sku: arm ? "22_04-lts-arm64" : "22_04-lts-gen2",
        version: "latest",
      };
    case "ubuntu-24.04":
      return {
        publisher: "Canonical",
        offer: "ubuntu-24_04-lts",
        sku: arm ? "server-arm64" : "server",
        version: "latest",
      };
  }
}

/** An image family of Google Compute. Source: "Operating system details" of Compute Engine. */
export function gcpImage(image: ImageName, architecture: Architecture): string {
  const arm = architecture === "arm64";
  switch (image) {
    case "debian-12":
      return `projects/debian-cloud/global/images/family/debian-12${arm ? "-arm64" : ""}`;
    case "ubuntu-22.04":
      return `projects/ubuntu-os-cloud/global/images/family/ubuntu-2204-lts${arm ? "-arm64" : ""}`;
    case "ubuntu-24.04":
      return `projects/ubuntu-os-cloud/global/images/family/ubuntu-2404-lts-${architecture}`;
  }
}

/** Size of an image's own disk in GiB: a root disk can't be smaller. */
export const SMALLEST_DISK_GIB: Readonly<Record<CloudProvider, number>> = { aws: 8, azure: 30, gcp: 10 };
