// What models are called in the operator's namespace.

/** The label of ConfigMaps that bring a model; its value means nothing, "true" is usual. */
export const modelLabel = "iacdharma.com/model";
/** Written by the operator: what answers in each slot, what is compared with it, and what was refused. */
export const statusName = "dharma-models";
/** Entries of a ConfigMap that holds a model. */
export const modelEntries = { manifest: "model.json", model: "model.onnx", samples: "samples.json" } as const;
/** Entries of a ConfigMap that names one in an OCI registry. */
export const ociEntries = { reference: "reference", insecure: "insecure", credentials: "credentialsSecret" } as const;
