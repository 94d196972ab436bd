// How the simulated cloud says no, in the words of the cloud it stands for.
import type { CloudPackage } from "./contract.ts";

/** What kind of refusal it is; "notFound" and "denied" are never confused. */
export type RefusalKind =
  | "notFound"
  | "denied"
  | "exists"
  | "invalid"
  | "inUse"
  | "throttled"
  | "quota"
  | "unavailable"
  | "failed";

/** A refusal of the cloud: a code of the real service and a message in its style. */
export class CloudError extends Error {
  readonly kind: RefusalKind;
  readonly code: string;

  constructor(kind: RefusalKind, code: string, message: string) {
    super(message);
    this.name = "CloudError";
    this.kind = kind;
    this.code = code;
  }
}

const httpStatus: Readonly<Record<RefusalKind, number>> = {
  notFound: 404,
  denied: 403,
  exists: 409,
  invalid: 400,
  inUse: 409,
  throttled: 429,
  quota: 403,
  unavailable: 503,
  failed: 500,
};

/**
 * The error text a provider would give. Formats: aws-sdk-go-v2 operation errors as terraform-provider-aws wraps them, azcore response errors as
 * azure-native prints them, googleapi errors as terraform-provider-google wraps them.
 * @param doing for example `creating`
 * @param token the type token
 */
export function providerMessage(
  pkg: CloudPackage,
  error: CloudError,
  doing: string,
  token: string,
  requestId: string,
): string {
  const [, module = "", name = ""] = token.split(":");
  const status = httpStatus[error.kind];
  if (pkg === "aws") {
    const service = (module.split("/")[0] ?? "").toUpperCase();
    const code = error.kind === "notFound" || error.kind === "inUse" || error.kind === "throttled" ? 400 : status;
    const verb = { creating: "Create", reading: "Describe", updating: "Modify", deleting: "Delete" }[doing] ?? "";
    const operation = `operation error ${service}: ${verb}${name}, https response error StatusCode: ${code}, RequestID: ${requestId}`;
    return `${doing} ${service} ${name}: ${operation}, api error ${error.code}: ${error.message}`;
  }
  if (pkg === "azure-native") return `Status=${status} Code="${error.code}" Message="${error.message}"`;
  const verb = doing.charAt(0).toUpperCase() + doing.slice(1);
  return `Error ${verb.toLowerCase()} ${name}: googleapi: Error ${status}: ${error.message}, ${error.code}`;
}

/** Codes that every service of a cloud uses for refusals that are no rule of a type. */
export function generalRefusal(
  pkg: CloudPackage,
  kind: "throttled" | "quota" | "denied" | "unavailable" | "failed",
  label: string,
): CloudError {
  const words = general[pkg][kind];
  return new CloudError(kind, words.code, words.message.replace("{label}", label));
}

const general: Readonly<
  Record<
    CloudPackage,
    Readonly<Record<"throttled" | "quota" | "denied" | "unavailable" | "failed", { code: string; message: string }>>
  >
> = {
  aws: {
    throttled: { code: "RequestLimitExceeded", message: "Request limit exceeded." },
    quota: { code: "ResourceLimitExceeded", message: "The maximum number of {label} has been reached." },
    denied: {
      code: "AccessDenied",
      message: "User is not authorized to perform this action on {label} because no identity-based policy allows it",
    },
    unavailable: { code: "ServiceUnavailable", message: "Service is unable to handle request." },
    failed: { code: "InternalError", message: "An internal error has occurred" },
  },
  "azure-native": {
    throttled: {
      code: "TooManyRequests",
      message: "The request is being throttled as the limit has been reached for operation type on {label}.",
    },
    quota: {
      code: "QuotaExceeded",
      message: "Operation could not be completed as it results in exceeding approved quota for {label}.",
    },
    denied: {
      code: "AuthorizationFailed",
      message: "The client does not have authorization to perform action on {label} or the scope is invalid.",
    },
    unavailable: { code: "ServiceUnavailable", message: "The service is unavailable." },
    failed: { code: "InternalServerError", message: "Encountered internal server error." },
  },
  gcp: {
    throttled: { code: "rateLimitExceeded", message: "Rate Limit Exceeded" },
    quota: { code: "quotaExceeded", message: "Quota '{label}' exceeded." },
    denied: { code: "forbidden", message: "Required permission is missing for '{label}'" },
    unavailable: { code: "backendError", message: "The service is currently unavailable." },
    failed: { code: "internalError", message: "Internal error encountered." },
  },
};
