// What a failed operation means: the engine's and the clouds' words to one reason code and what to do about it.
import type { FailureAction, FailureReason, OperationFailure } from "./job.ts";

interface Rule {
  readonly reason: FailureReason;
  readonly action: FailureAction;
  readonly pattern: RegExp;
}

/** First match wins: what the state or the engine says comes before what a cloud says, denials before "not found". */
const RULES: readonly Rule[] = [
  rule(
    "PlanDiffers",
    "replan",
    /violates plan|resource .* is not in the plan|changes? that (?:were|was) not planned|plan (?:constraint|violation)/i,
  ),
  rule("Fenced", "giveUp", /\bfenced\b|lease (?:was )?lost|\b(?:token|lease)\b.*\bno longer\b/i),
  rule(
    "StateLocked",
    "retry",
    /currently locked by|another update is (?:currently )?in progress|\[409\] Conflict: .*update/i,
  ),
  rule("StateTooLarge", "waitForInput", /StateTooLarge|state (?:is )?too large/i),
  rule("PendingOperationUnknown", "waitForInput", /interrupted while creating|pending CREATE operations?/i),
  rule("ResourceOwnedByAnother", "waitForInput", /marker of another Blueprint/i),
  rule("Protected", "waitForInput", /cannot be deleted\s+because it is protected|is protected|deletion ?protection/i),
  rule(
    "PluginMissing",
    "waitForInput",
    /no resource plugin|could not load plugin|failed to load plugin|plugin .* (?:not found|not installed)/i,
  ),
  rule(
    "Throttled",
    "retry",
    /throttl|rate exceeded|RequestLimitExceeded|TooManyRequests|rateLimitExceeded|SlowDown|Code="?429|HTTP 429|StatusCode[:=] ?429|Error 429/i,
  ),
  rule(
    "QuotaExceeded",
    "waitForInput",
    /quota|LimitExceeded|limit (?:has been )?exceeded|maximum number of|insufficient.*capacity limit/i,
  ),
  rule(
    "MissingCredentials",
    "waitForInput",
    /no valid credential|no credentials? (?:were|was )?found|could not find default credentials|failed to acquire a token|subscription ID is not set|Missing (?:region|credential)|unable to validate AWS credentials/i,
  ),
  rule(
    "InvalidCredentials",
    "waitForInput",
    /InvalidClientTokenId|SignatureDoesNotMatch|ExpiredToken|invalid_client|invalid_grant|AuthFailure|InvalidAuthenticationToken/i,
  ),
  rule(
    "AccessDenied",
    "waitForInput",
    /AccessDenied|UnauthorizedOperation|AuthorizationFailed|not authorized|permission (?:denied|'[^']*' denied)|PERMISSION_DENIED|forbidden|Error 403|StatusCode[:=] ?403/i,
  ),
  rule(
    "ResourceInUse",
    "retry",
    /DependencyViolation|BucketNotEmpty|InUse|in use by|resourceInUseByAnotherResource|has dependent|CannotDelete|not empty/i,
  ),
  rule(
    "AlreadyExists",
    "waitForInput",
    /already exists|AlreadyExists|BucketAlreadyOwnedByYou|AlreadyOwned|EntityAlreadyExists|cannot create already existing|Error 409: .*exists/i,
  ),
  rule(
    "CloudConflict",
    "retry",
    /AnotherOperationInProgress|OperationAborted|IncorrectState|ResourceNotReady|conflicting (?:conditional )?operation|resourceNotReady|Error 409|StatusCode[:=] ?409/i,
  ),
  rule(
    "InvalidProperty",
    "waitForInput",
    /Missing required property|invalid value|unknown property|is not a valid|expected .* to be one of|InvalidParameter|ValidationException|ValidationError|InvalidRequest|BadRequest|Error 400|failed to verify|invalid (?:or unknown key|AWS Region|location|region)|has no output|has no such part/i,
  ),
  rule(
    "CloudUnavailable",
    "retry",
    /ServiceUnavailable|InternalError|InternalServerError|Error 50[0234]|StatusCode[:=] ?50[0234]|timeout while waiting|i\/o timeout|connection (?:refused|reset)|no such host|TLS handshake/i,
  ),
  rule("NotFound", "waitForInput", /NotFound|not found|NoSuch|does not exist|Error 404|StatusCode[:=] ?404/i),
  rule(
    "ProviderCrashed",
    "retry",
    /transport is closing|error reading from server: EOF|plugin exited|panic:|Unavailable desc|code = Unavailable/i,
  ),
];

const MESSAGE_LIMIT = 2000;

/** The part of a failure that words decide. */
export function classify(text: string): { readonly reason: FailureReason; readonly action: FailureAction } {
  const match = RULES.find(({ pattern }) => pattern.test(text));
  return match === undefined
    ? { reason: "EngineFailed", action: "retry" }
    : { reason: match.reason, action: match.action };
}

/** A failure from what the engine diagnosed, the first resource's own error before summaries. `text` is masked already. */
export function failureFrom(
  diagnostics: readonly { readonly message: string; readonly resource?: string }[],
  fallback: string,
  partial: boolean,
): OperationFailure {
  const errors = diagnostics.filter(({ message }) => !isSummary(message));
  const first = errors.find(
    ({ resource, message }) => resource !== undefined && classify(message).reason !== "EngineFailed",
  );
  const chosen = first ?? errors.find(({ resource }) => resource !== undefined) ?? errors[0];
  const message = clean(chosen?.message ?? fallback);
  const { reason, action } = classify(chosen?.message ?? fallback);
  return {
    reason,
    action,
    message: message.length <= MESSAGE_LIMIT ? message : `${message.slice(0, MESSAGE_LIMIT - 1)}…`,
    partial,
    ...(chosen?.resource === undefined ? {} : { resource: chosen.resource }),
  };
}

/** Lines that only say that something failed. */
function isSummary(message: string): boolean {
  return /^\s*(?:update|preview|destroy|refresh) failed\s*$|^resource .* failed/i.test(clean(message));
}

/** Without the engine's colour marks and terminal codes. */
export function clean(message: string): string {
  return message
    .replaceAll(/<\{%[^%]*%\}>/g, "")
    .replaceAll(new RegExp(`${String.fromCodePoint(27)}\\[[0-9;]*m`, "g"), "")
    .trim();
}

function rule(reason: FailureReason, action: FailureAction, pattern: RegExp): Rule {
  return { reason, action, pattern };
}
