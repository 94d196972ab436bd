// Which entries of a Secret may become a provider's environment: credentials, and nothing that steers the engine or reaches
// for what belongs to the operator.

/** Variables that load code, move the engine elsewhere, or change what it trusts. */
const steering =
  /^(?:PATH|HOME|SHELL|IFS|ENV|BASH_ENV|TMPDIR|XDG_.*|LD_.*|DYLD_.*|NODE_.*|PULUMI_.*|GODEBUG|GRPC_.*|SSL_CERT_(?:FILE|DIR)|(?:HTTPS?|ALL|NO)_PROXY)$/i;
/** Variables that name a file or an address of the operator's own machine: its ambient identity. */
const ambient =
  /^(?:AWS_(?:WEB_IDENTITY_TOKEN_FILE|CONFIG_FILE|SHARED_CREDENTIALS_FILE|CONTAINER_.*|EC2_METADATA_.*)|GOOGLE_APPLICATION_CREDENTIALS|CLOUDSDK_.*|GCE_METADATA_.*|ARM_USE_MSI|ARM_MSI_ENDPOINT|ARM_OIDC_TOKEN_FILE_PATH|ARM_OIDC_REQUEST_URL|ARM_CLIENT_CERTIFICATE_PATH|AZURE_FEDERATED_TOKEN_FILE|AZURE_CONFIG_DIR|IDENTITY_ENDPOINT|MSI_ENDPOINT)$/i;
const variable = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** What is wrong with an entry of a Secret used as credentials; undefined when it may be passed on. Values are never told. */
export function refusedVariable(name: string, value: string): string | undefined {
  if (!variable.test(name)) return `${name} is no name of an environment variable`;
  if (steering.test(name)) return `${name} is no credential but steers the engine`;
  if (ambient.test(name))
    return `${name} points at the operator's own machine: put the credential itself in, or use spec.credentials.serviceAccountName`;
  if (name.toUpperCase() === "GOOGLE_CREDENTIALS" && /"type"\s*:\s*"external_account/.test(value))
    return `${name} holds an external account, which reads files of the operator's machine: use spec.credentials.serviceAccountName`;
  return undefined;
}
