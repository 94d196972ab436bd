// What the operator asks of the API server about itself and its home.
import { namespaces } from "../api/index.ts";
import { isKubeError, type Kube } from "../kube/index.ts";
import { asRecord } from "../kube/json.ts";

/** Makes the namespace where it is missing. */
export async function ensureNamespace(kube: Kube, name: string, signal: AbortSignal): Promise<void> {
  try {
    await kube.get(namespaces, { name }, { signal });
  } catch (error) {
    if (!isKubeError(error, "notFound")) throw error;
    try {
      await kube.create(namespaces, { apiVersion: "v1", kind: "Namespace", metadata: { name } }, { signal });
    } catch (again) {
      if (!isKubeError(again, "alreadyExists")) throw again;
    }
  }
}

/** Whether the API server gives an answer of any kind. */
export async function answers(kube: Kube, namespace: string, signal: AbortSignal): Promise<boolean> {
  try {
    await kube.get(namespaces, { name: namespace }, { signal, timeoutMs: 5_000, retry: "none" });
    return true;
  } catch (error) {
    return isKubeError(error, "notFound", "forbidden");
  }
}

/** What the API server takes this process for (authentication.k8s.io/v1 SelfSubjectReview). */
export async function ownUserName(kube: Kube, signal: AbortSignal): Promise<string> {
  const review = { apiVersion: "authentication.k8s.io/v1", kind: "SelfSubjectReview" };
  const answer = await kube.post("/apis/authentication.k8s.io/v1/selfsubjectreviews", review, { signal });
  const name = asRecord(asRecord(asRecord(answer)["status"])["userInfo"])["username"];
  if (typeof name !== "string")
    throw new Error("the API server does not say who this process is: check its credentials");
  return name;
}
