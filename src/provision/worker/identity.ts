// Whose cloud is this: the provider's own identity function, asked in a preview of a stack that is never kept.
import * as pulumi from "@pulumi/pulumi";
import type { CloudPackage } from "../plan/identity.ts";
import { cloudIdentity, identityQuery } from "../plan/identity.ts";
import { createSdkCatalog } from "../graph/catalog.ts";
import { provider } from "../program/program.ts";
import type { Engine } from "./engine.ts";
import { providerSecrets } from "./environment.ts";
import type { OperationRequest } from "./job.ts";
import { openThrowaway } from "./workspace.ts";

/** `aws:123456789012`, `azure:SUBSCRIPTION` or `gcp:PROJECT`. Rejects where the cloud refuses to say. */
export async function askIdentity(
  engine: Engine,
  request: Extract<OperationRequest, { kind: "identity" }>,
): Promise<string> {
  const { job } = engine;
  const name: CloudPackage = request.package;
  const query = identityQuery(name);
  const version = createSdkCatalog().version(name) ?? "";
  let answer: unknown;
  const program = async () => {
    const use = { name, provider: name, version, config: request.config };
    const asked = provider(use, providerSecrets(job)[name] ?? {});
    answer = await pulumi.runtime.invoke(query.token, {}, { provider: asked, version });
  };
  const stack = await openThrowaway(engine, `identity-${name}`, program);
  // An invoke through an explicit provider is skipped in previews while the provider is not configured, so this one is made.
  await stack.up({ signal: engine.signal, onEvent: engine.onEvent });
  return cloudIdentity(name, answer);
}
