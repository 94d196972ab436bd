// What an actor did to the Kubernetes API in the last ten minutes, beside what it used to do, as a row.

/** One audit event, as audit.k8s.io has it. `time` is ms since the epoch; what does not apply is empty. */
export interface AuditEvent {
  readonly time: number;
  /** get, list, watch, create, update, patch, delete, deletecollection, impersonate, escalate, bind ... */
  readonly verb: string;
  /** Resource and subresource in the plural, such as `pods/exec`. */
  readonly resource: string;
  readonly namespace: string;
  readonly name: string;
  readonly sourceAddress: string;
  readonly userAgent: string;
  /** HTTP status. */
  readonly code: number;
}

/** The events of one actor, oldest first: those of the window that ends at `now`, and what is known of the week before it. */
export interface AuditInput {
  /** The actor is a service account or another program, not a person. */
  readonly service: boolean;
  readonly events: readonly AuditEvent[];
  readonly now: number;
}

export const auditFeatures = [
  "service",
  "events",
  "writes",
  "denied",
  "denied_share",
  "namespaces",
  "secret_reads",
  "secrets",
  "rbac_writes",
  "execs",
  "token_requests",
  "impersonations",
  "webhook_writes",
  "workload_creates",
  "deletes",
  "access_reviews",
  "new_addresses",
  "new_agents",
  "new_actions",
  "new_sensitive",
  "new_namespaces",
  "pace",
  "hour_share",
  "past_days",
] as const;

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
const window = 10 * minute;
const week = 7 * day;

/** The row of an actor at `now`. What is new is compared with the actor's own past; without one nothing is called new. */
export function auditRow({ service, events, now }: AuditInput): Float32Array {
  const here = events.filter(({ time }) => time > now - window && time <= now);
  const past = events.filter(({ time }) => time > now - window - week && time <= now - window);
  const classes = here.map(sensitiveClass);
  const known = new Set(past.map(sensitiveClass));
  const count = (kind: SensitiveClass): number => classes.filter((one) => one === kind).length;
  const unseen = (of: (event: AuditEvent) => string): number => {
    if (past.length === 0) return 0;
    const seen = new Set(past.map(of));
    return new Set(here.map(of).filter((value) => value !== "" && !seen.has(value))).size;
  };
  const denied = here.filter(({ code }) => code === 401 || code === 403).length;
  const days = past[0] === undefined ? 0 : (now - window - past[0].time) / day;
  const expected = past.length / Math.max(days, 1 / 24) / 144;
  return Float32Array.of(
    service ? 1 : 0,
    here.length,
    here.filter(({ verb }) => !reads.has(verb)).length,
    denied,
    denied / Math.max(1, here.length),
    new Set(here.map(({ namespace }) => namespace).filter((namespace) => namespace !== "")).size,
    count("secret"),
    new Set(here.filter((_, at) => classes[at] === "secret").map(({ namespace, name }) => `${namespace}/${name}`)).size,
    count("rbac"),
    count("exec"),
    count("token"),
    count("impersonation"),
    count("webhook"),
    count("workload"),
    count("delete"),
    here.filter(({ resource }) => reviews.has(resource)).length,
    unseen(({ sourceAddress }) => sourceAddress),
    unseen(({ userAgent }) => userAgent),
    unseen(({ verb, resource }) => `${verb} ${resource}`),
    past.length === 0 ? 0 : classes.filter((one) => one !== undefined && !known.has(one)).length,
    unseen(({ namespace }) => namespace),
    Math.log2((here.length + 1) / (expected + 1)),
    hourShare(past, now),
    days,
  );
}

/** Share of the past that lies within two hours of this hour of the day; 1 where there is no past. */
function hourShare(past: readonly AuditEvent[], now: number): number {
  const hourOf = (time: number): number => (time / hour) % 24;
  const near = past.filter(({ time }) => Math.abs(((hourOf(time) - hourOf(now) + 36) % 24) - 12) <= 2).length;
  return past.length === 0 ? 1 : near / past.length;
}

/** What attackers are after. */
export type SensitiveClass = "secret" | "rbac" | "exec" | "token" | "impersonation" | "webhook" | "workload" | "delete";

const reads = new Set(["get", "list", "watch"]);
const deletes = new Set(["delete", "deletecollection"]);
const reviews = new Set(["selfsubjectaccessreviews", "selfsubjectrulesreviews"]);
const execs = new Set(["pods/exec", "pods/attach", "pods/portforward", "nodes/proxy"]);
const tokens = new Set(["serviceaccounts/token", "certificatesigningrequests"]);
const roles = new Set(["roles", "rolebindings", "clusterroles", "clusterrolebindings"]);
const hooks = new Set(["mutatingwebhookconfigurations", "validatingwebhookconfigurations", "apiservices"]);
const workloads = new Set(["pods", "deployments", "daemonsets", "statefulsets", "replicasets", "jobs", "cronjobs"]);

/** The class of an event, by verb and resource alone; undefined for the everyday. */
export function sensitiveClass({ verb, resource }: Pick<AuditEvent, "verb" | "resource">): SensitiveClass | undefined {
  if (verb === "impersonate") return "impersonation";
  if (resource === "secrets" && reads.has(verb)) return "secret";
  if (execs.has(resource)) return "exec";
  if (tokens.has(resource) && !reads.has(verb)) return "token";
  if (reads.has(verb)) return undefined;
  if (roles.has(resource) || verb === "escalate" || verb === "bind") return "rbac";
  if (hooks.has(resource)) return "webhook";
  if (deletes.has(verb)) return "delete";
  return workloads.has(resource) && verb === "create" ? "workload" : undefined;
}
