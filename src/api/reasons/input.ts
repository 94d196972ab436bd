// What a spec refers to: inputs, credentials, rights.
import { listed } from "./reason.ts";

export const inputReasons = listed({
  InputMissing: {
    meaning: "A Secret, ConfigMap, key or output that an input names is not there.",
    action: "Create it; the Blueprint goes on by itself.",
    retry: "waitForInput",
  },
  InputNotReady: {
    meaning: "An input's Blueprint has not published the output yet.",
    action: "Wait until it is Ready.",
    retry: "retry",
  },
  OutputNotShared: {
    meaning: "The other namespace does not share the output with this one.",
    action: "Add a shareOutputs entry to that Blueprint.",
    retry: "waitForInput",
  },
  DependencyCycle: {
    meaning: "Blueprints use each other's outputs in a circle.",
    action: "Take one of the blueprintRefs that the message lists away.",
    retry: "waitForInput",
  },
  ReferenceNotAllowed: {
    meaning: "The author of the spec may not read the Secret or use the ServiceAccount it names.",
    action: "Have somebody with those rights apply the spec, or grant get or impersonate.",
    retry: "waitForInput",
  },
  ReferenceUnattested: {
    meaning: "Nobody's rights to the references were checked: the admission webhook was not there.",
    action: "Apply the spec again while the webhook is up.",
    retry: "waitForInput",
  },
  SecretNotOwned: {
    meaning: "writeOutputsToSecret names a Secret that belongs to something else.",
    action: "Choose another name, or delete that Secret.",
    retry: "waitForInput",
  },
  MissingCredentials: {
    meaning: "No credentials for the provider were found.",
    action: "Set spec.credentials, or ask the administrator what the namespace may use.",
    retry: "waitForInput",
  },
  InvalidCredentials: {
    meaning: "The provider does not accept the credentials.",
    action: "Renew the Secret; the Blueprint goes on by itself.",
    retry: "waitForInput",
  },
  CloudIdentityChanged: {
    meaning: "The credentials open another account than the one that holds the resources; nothing was written.",
    action: "Restore the credentials of that account, or delete this Blueprint and make a new one.",
    retry: "waitForInput",
  },
  AccountMoves: {
    meaning:
      "The spec names another provider or other credentials, which open another account than the one that holds the resources.",
    action: "Approve the destroy in the old account, after which all is built in the new one; or restore the spec.",
    retry: "waitForInput",
  },
  BackendUnknown: {
    meaning: "No state backend of that name was set up.",
    action: "Correct spec.state.backendRef, or ask the administrator.",
    retry: "waitForInput",
  },
});
