// What the policy settings and bundles are called in the operator's namespace.

/** The ConfigMap's label by which admission and the operator find settings and bundles; its value means nothing. */
export const policyLabel = "iacdharma.com/policy";
/** Written by the operator on the settings: whether they and their bundles are in force. */
export const statusAnnotation = "iacdharma.com/policy-status";
/** The settings' entry. */
export const settingsKey = "settings.yaml";
/** Default name of the settings' ConfigMap. */
export const defaultSettingsName = "dharma-policy";
