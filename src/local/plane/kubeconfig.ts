// kubeconfig files of the embedded control plane.
import { stringify } from "yaml";

/** The one context's name: `--cloud simulated` accepts a cluster only when its context carries it. */
export const LOCAL_CONTEXT = "dharma-local";

/** A kubeconfig with one context whose CA travels inside it. */
export function kubeconfig(server: string, caPem: string, token: string): string {
  return stringify({
    apiVersion: "v1",
    kind: "Config",
    "current-context": LOCAL_CONTEXT,
    clusters: [
      { name: LOCAL_CONTEXT, cluster: { server, "certificate-authority-data": Buffer.from(caPem).toString("base64") } },
    ],
    users: [{ name: LOCAL_CONTEXT, user: { token } }],
    contexts: [{ name: LOCAL_CONTEXT, context: { cluster: LOCAL_CONTEXT, user: LOCAL_CONTEXT } }],
  });
}
