// Names of bundles in OCI registries.
import { BundleError } from "./bundle.ts";

/** Parts of a reference. Throws BundleError for what is none. */
export function parseReference(
  reference: string,
  insecure: boolean,
): { readonly base: string; readonly repository: string; readonly tag: string } {
  const match = /^([a-zA-Z0-9.-]+(?::\d+)?)\/([a-z0-9._/-]+?)(?::([\w.-]{1,128})|@(sha256:[0-9a-f]{64}))?$/.exec(
    reference,
  );
  const [, host, repository, tag, digest] = match ?? [];
  if (host === undefined || repository === undefined) {
    throw new BundleError(
      `${reference} is no reference of a bundle: give HOST/REPOSITORY:TAG or HOST/REPOSITORY@sha256:HEX`,
    );
  }
  // `insecure` means plain http: registries with a certificate need no permission.
  const base = `${insecure ? "http" : "https"}://${host}/v2/${repository}`;
  return { base, repository, tag: digest ?? tag ?? "latest" };
}
