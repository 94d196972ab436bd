// What the control address answers: look at the cloud, change it behind the operator's back, break it.
import type { Clock } from "../../../kube/clock.ts";
import type { CallLog } from "../calls.ts";
import { type CloudPackage, cloudPackages } from "../contract.ts";
import type { FaultBoard } from "../faults.ts";
import type { CloudParts } from "../admission.ts";
import { blueprintOf, type CloudResource } from "../store.ts";
import type { PackageTables } from "../tables/tables.ts";
import { isObject, type JsonObject, mergePatch } from "../values.ts";
import { metricsText } from "./metrics.ts";
import type { Meters } from "./metrics-meters.ts";
import { makeUnmanaged } from "./unmanaged.ts";
import { BadRequest, objectBody, patchExample, readFault, refuseUnknown } from "./requests.ts";

export interface ControlParts extends CloudParts {
  readonly clock: Clock;
  readonly calls: CallLog;
  readonly faults: FaultBoard;
  readonly meters: Meters;
  readonly tables: Readonly<Record<CloudPackage, PackageTables>>;
}

/** An HTTP answer; a string body is text, all else JSON. */
export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

export interface Ask {
  readonly method: string;
  /** Decoded path segments. */
  readonly path: readonly string[];
  readonly query: URLSearchParams;
  readonly body: unknown;
}

/** Every route, as `GET /` lists them. */
export const routes: readonly string[] = [
  "GET /resources?package&type&account&region&blueprint",
  "GET /resources/ID?type",
  "POST /resources (make an unmanaged one)",
  "PATCH /resources/ID?type (JSON merge patch of its properties)",
  "DELETE /resources/ID?type",
  "GET /faults",
  "POST /faults",
  "DELETE /faults/ID",
  "GET /calls?since=SEQUENCE",
  "GET /usage",
  "GET /metrics (Prometheus)",
  "GET /types?package",
  "POST /reset?calls=keep (everything gone)",
];

/** Answers one request; throws BadRequest for what can't be. */
export function answer(parts: ControlParts, ask: Ask): Answer {
  const [head = "", id] = ask.path;
  if (head === "" && ask.method === "GET") return ok({ id: parts.store.id, routes });
  if (head === "resources") return id === undefined ? manyResources(parts, ask) : oneResource(parts, ask, id);
  if (head === "faults") return faults(parts, ask, id);
  if (head === "calls" && ask.method === "GET")
    return ok({ calls: parts.calls.since(sequence(ask.query.get("since"))) });
  if (head === "usage" && ask.method === "GET") return ok({ usage: usage(parts) });
  if (head === "metrics" && ask.method === "GET") return ok(metricsText(parts));
  if (head === "types" && ask.method === "GET") return ok({ types: types(parts, ask.query.get("package")) });
  if (head === "reset" && ask.method === "POST") return reset(parts, ask);
  return { status: 404, body: { error: `no such thing: ${ask.method} /${ask.path.join("/")}`, routes } };
}

function ok(body: unknown): Answer {
  return { status: 200, body };
}

function sequence(since: string | null): number {
  const value = Number(since ?? 0);
  if (!Number.isInteger(value) || value < 0)
    throw new BadRequest(
      `since must be a whole number: the sequence of a call, got ${since ?? ""}`,
      "GET /calls?since=120",
    );
  return value;
}

function manyResources(parts: ControlParts, ask: Ask): Answer {
  if (ask.method === "POST") return ok(show(makeUnmanaged(parts, parts.tables, ask.body)));
  if (ask.method !== "GET")
    return {
      status: 405,
      body: { error: `${ask.method} is not for all resources: name one as /resources/ID`, routes },
    };
  const known = ["package", "type", "account", "region", "blueprint"];
  refuseUnknown(
    Object.fromEntries(ask.query),
    known,
    "the query",
    "GET /resources?type=aws:s3/bucket:Bucket&blueprint=shop/web",
  );
  const wanted = (name: string) => ask.query.get(name) ?? undefined;
  const found = parts.store
    .all()
    .filter((one) => [one.package, undefined].includes(asPackage(wanted("package")) ?? one.package))
    .filter(
      (one) =>
        one.type === (wanted("type") ?? one.type) &&
        one.account === (wanted("account") ?? one.account) &&
        one.region === (wanted("region") ?? one.region),
    )
    .filter((one) => wanted("blueprint") === undefined || blueprintOf(one) === wanted("blueprint"))
    .map(show)
    .toArray();
  return ok({ resources: found });
}

function asPackage(name: string | undefined): CloudPackage | undefined {
  if (name === undefined) return undefined;
  const found = cloudPackages.find((one) => one === name);
  if (found === undefined)
    throw new BadRequest(
      `package must be one of ${cloudPackages.join(", ")}, got ${name}`,
      "GET /resources?package=aws",
    );
  return found;
}

function oneResource(parts: ControlParts, ask: Ask, id: string): Answer {
  const type = ask.query.get("type");
  const matching = parts.store
    .all()
    .filter((one) => one.id === id && (type === null || one.type === type))
    .toArray();
  const [found] = matching;
  if (found === undefined)
    return {
      status: 404,
      body: {
        error: `no resource has the id ${id}${type === null ? "" : ` and the type ${type}`}: GET /resources lists them (URL-encode the id)`,
      },
    };
  if (matching.length > 1) {
    return {
      status: 409,
      body: {
        error: `${matching.length} resources have the id ${id}: say which with ?type=`,
        types: matching.map((one) => one.type),
      },
    };
  }
  if (ask.method === "GET") return ok(show(found));
  if (ask.method === "DELETE") {
    parts.store.remove(found);
    return ok({ deleted: id });
  }
  if (ask.method !== "PATCH")
    return { status: 405, body: { error: `${ask.method} is not for a resource: GET, PATCH or DELETE it` } };
  const properties = mergePatch(found.properties, objectBody(ask.body, patchExample));
  if (!isObject(properties)) throw new BadRequest("the result must be an object", patchExample);
  const changed = { ...found, properties, updatedAt: parts.clock.now() };
  parts.store.put(changed);
  return ok(show(changed));
}

function show(one: CloudResource): JsonObject {
  const { package: pkg, type, id, account, region, inputs, properties, serial } = one;
  const blueprint = blueprintOf(one);
  return {
    package: pkg,
    type,
    id,
    account,
    region,
    serial,
    managed: one.urn !== undefined,
    ...(one.urn === undefined ? {} : { urn: one.urn }),
    ...(blueprint === undefined ? {} : { blueprint }),
    createdTime: new Date(one.createdAt).toISOString(),
    updatedTime: new Date(one.updatedAt).toISOString(),
    inputs,
    properties,
  };
}

function faults(parts: ControlParts, ask: Ask, id: string | undefined): Answer {
  if (id === undefined && ask.method === "GET") return ok({ faults: parts.faults.list() });
  if (id === undefined && ask.method === "POST") return { status: 201, body: parts.faults.add(readFault(ask.body)) };
  if (id === undefined && ask.method === "DELETE") {
    parts.faults.clear();
    return ok({ deleted: "all" });
  }
  if (id === undefined || ask.method !== "DELETE")
    return {
      status: 405,
      body: { error: `${ask.method} is not for faults: GET, POST /faults or DELETE /faults/ID`, routes },
    };
  return parts.faults.remove(id)
    ? ok({ deleted: id })
    : {
        status: 404,
        body: { error: `there is no fault ${id}: it may have spent its count or time; GET /faults lists them` },
      };
}

/** Hours each resource existed, ended ones included. */
function usage(parts: ControlParts): readonly object[] {
  const now = parts.clock.now();
  return parts.store.usage().map(({ from, to, ...entry }) => ({
    ...entry,
    from: new Date(from).toISOString(),
    ...(to === undefined ? {} : { to: new Date(to).toISOString() }),
    hours: Math.max(0, (to ?? now) - from) / 3_600_000,
  }));
}

function types(parts: ControlParts, pkg: string | null): readonly object[] {
  const wanted = pkg === null ? cloudPackages : cloudPackages.filter((name) => name === asPackage(pkg));
  return wanted.flatMap((name) =>
    [...parts.tables[name].types.values()].map(({ token, required, replaces, idForm, sources }) => ({
      token,
      required: [...required],
      replaces: [...replaces],
      idForm,
      sources,
    })),
  );
}

function reset(parts: ControlParts, ask: Ask): Answer {
  parts.store.clear();
  parts.faults.clear();
  if (ask.query.get("calls") !== "keep") parts.calls.clear();
  return ok({ reset: true });
}
