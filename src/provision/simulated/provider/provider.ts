// One package's provider: the methods of Pulumi's protocol in plain values. service.ts puts it on the wire.
import { checkInputs, type Failure } from "../check.ts";
import type { CloudPackage } from "../contract.ts";
import { type Difference, diffInputs } from "../diff.ts";
import { identify, type Identity } from "../identity.ts";
import { invoke } from "../invokes/invoke.ts";
import { makeName, type NamingWish } from "../naming.ts";
import { nearestName } from "../nearest.ts";
import { type CloudParts, regionFor, type Request } from "../admission.ts";
import { currentInputs } from "../drift.ts";
import { createResource, deleteResource, readResource, updateResource } from "../operations.ts";
import { unknownOutputs } from "../outputs/outputs.ts";
import type { PackageTables, TypeTable } from "../tables/tables.ts";
import {
  concealKeys,
  holdsUnknown,
  type Json,
  type JsonObject,
  revealObject,
  secretKeys,
  textAt,
  unknownValue,
} from "../values.ts";
import { carryOut, type DeskParts } from "./desk.ts";
import { notConfigured, type Session, Sessions, stackOf, typeOf } from "./session.ts";

/** Who calls and until when. */
export interface Caller {
  readonly peer: string;
  readonly signal: AbortSignal;
}

export interface State {
  readonly id: string;
  readonly inputs: JsonObject;
  readonly properties: JsonObject;
}

export class Provider {
  readonly tables: PackageTables;
  readonly #parts: CloudParts & DeskParts;
  readonly #sessions = new Sessions();

  constructor(tables: PackageTables, parts: CloudParts & DeskParts) {
    this.tables = tables;
    this.#parts = parts;
  }

  get package(): CloudPackage {
    return this.tables.package;
  }

  /** Why this configuration would be refused; configuration that is not all known yet is taken on trust. */
  checkConfig(config: JsonObject): readonly Failure[] {
    if (holdsUnknown(config)) return [];
    const result = identify(this.package, revealObject(config));
    return result.kind === "refused" ? [{ property: "", reason: result.reason }] : [];
  }

  /** Remembers who this connection is. Throws with the provider's message when the credentials are no good. */
  async configure(caller: Caller, urn: string, config: JsonObject): Promise<void> {
    const job = {
      package: this.package,
      operation: "configure",
      type: `pulumi:providers:${this.package}`,
      id: "",
      region: "",
      account: "",
      urn,
    };
    await carryOut(this.#parts, job, caller.signal, () => {
      const result = identify(this.package, revealObject(config));
      if (result.kind === "refused") throw new Error(result.reason);
      this.#sessions.set(caller.peer, {
        identity: result.identity,
        stack: stackOf(urn),
        cancel: new AbortController(),
      });
    });
  }

  cancel(peer: string): void {
    this.#sessions.cancel(peer);
  }

  /** Inputs with names and defaults filled in, and what is wrong with them. */
  async check(
    caller: Caller,
    request: { urn: string; olds: JsonObject; news: JsonObject; seed: Uint8Array; wish?: NamingWish },
  ) {
    const table = this.#table(request.urn);
    return this.#carryOut(caller, "check", request.urn, "", request.news, () => {
      const inputs: Record<string, Json> = Object.fromEntries(
        Object.entries(request.news).filter(([name]) => name !== "__defaults"),
      );
      const { wish, urn } = request;
      const naming = {
        urn,
        inputs,
        olds: revealObject(request.olds),
        seed: request.seed,
        ...(wish === undefined ? {} : { wish }),
      };
      const made = makeName(table, naming);
      if (made.kind === "made") inputs[made.property] = made.name;
      this.#defaultLocation(caller, request.urn, table, inputs, request.olds);
      if (this.package !== "azure-native") inputs["__defaults"] = made.kind === "made" ? [made.property] : [];
      return { inputs, failures: checkInputs(this.tables, table, inputs) };
    });
  }

  /** azure-native fills in the location: the old one, the configured one, the resource group's (provider/pkg/provider/provider.go, from knowledge). */
  #defaultLocation(
    caller: Caller,
    urn: string,
    table: TypeTable,
    inputs: Record<string, Json>,
    olds: JsonObject,
  ): void {
    if (this.package !== "azure-native" || table.shape.inputs["location"] !== "s" || inputs["location"] !== undefined)
      return;
    if (table.token === "azure-native:authorization:RoleAssignment") return;
    const { identity } = this.#session(caller, urn);
    const old = textAt(olds, "location");
    const plain = revealObject(inputs);
    const location =
      old ??
      identity.region ??
      (holdsUnknown(plain["resourceGroupName"])
        ? unknownValue
        : regionFor(this.#request(table, identity, urn), this.#parts.store, plain));
    if (location !== "") inputs["location"] = location;
  }

  diff(urn: string, request: { olds: JsonObject; news: JsonObject; ignored: readonly string[] }): Difference {
    return diffInputs(this.#table(urn), revealObject(request.olds), revealObject(request.news), request.ignored);
  }

  async create(caller: Caller, urn: string, inputs: JsonObject, mode: "preview" | "real"): Promise<State> {
    const table = this.#table(urn);
    if (mode === "preview") {
      const unknown = Object.fromEntries(unknownOutputs(table).map((name) => [name, unknownValue]));
      return { id: "", inputs, properties: this.#conceal(table, { ...unknown, ...withoutInternal(inputs) }, inputs) };
    }
    const { identity } = this.#session(caller, urn);
    return this.#carryOut(caller, "create", urn, nameOf(inputs), inputs, () => {
      const made = createResource(this.#parts, this.#request(table, identity, urn), revealObject(inputs));
      return { id: made.id, inputs, properties: this.#conceal(table, made.properties, inputs) };
    });
  }

  /** Undefined when there is no such resource. */
  async read(caller: Caller, urn: string, known: State): Promise<State | undefined> {
    const table = this.#table(urn);
    const { identity } = this.#session(caller, urn);
    return this.#carryOut(caller, "read", urn, known.id, known.properties, () => {
      const plain = revealObject({ ...known.properties, ...known.inputs });
      const found = readResource(this.#parts, this.#request(table, identity, urn), known.id, plain);
      if (found === undefined) return undefined;
      const inputs = currentInputs(table, found, revealObject(known.inputs));
      const secrets = new Set([...secretKeys(known.inputs, known.properties), ...table.shape.secrets]);
      return {
        id: found.id,
        inputs: concealKeys(inputs, secretKeys(known.inputs)),
        properties: concealKeys(found.properties, secrets),
      };
    });
  }

  async update(
    caller: Caller,
    urn: string,
    id: string,
    olds: JsonObject,
    news: JsonObject,
    mode: "preview" | "real",
  ): Promise<JsonObject> {
    const table = this.#table(urn);
    if (mode === "preview") return this.#conceal(table, { ...olds, ...withoutInternal(news) }, news);
    const { identity } = this.#session(caller, urn);
    return this.#carryOut(caller, "update", urn, id, news, () => {
      const next = updateResource(this.#parts, this.#request(table, identity, urn), id, revealObject(news));
      return this.#conceal(table, next.properties, news);
    });
  }

  async delete(caller: Caller, urn: string, id: string, properties: JsonObject): Promise<void> {
    const table = this.#table(urn);
    const { identity } = this.#session(caller, urn);
    await this.#carryOut(caller, "delete", urn, id, properties, () => {
      deleteResource(this.#parts, this.#request(table, identity, urn), id, revealObject(properties));
    });
  }

  async invoke(caller: Caller, token: string, args: JsonObject): Promise<JsonObject> {
    const session = this.#session(caller, "");
    const { identity } = session;
    const job = {
      package: this.package,
      operation: "invoke",
      type: token,
      id: "",
      region: identity.region ?? "",
      account: identity.account,
    };
    const signal = AbortSignal.any([caller.signal, session.cancel.signal]);
    return carryOut(this.#parts, job, signal, () =>
      invoke({ parts: this.#parts, tables: this.tables, identity }, token, revealObject(args)),
    );
  }

  async #carryOut<T>(
    caller: Caller,
    operation: string,
    urn: string,
    id: string,
    values: JsonObject,
    work: () => T,
  ): Promise<T> {
    const session: Session | undefined = this.#sessions.get(caller.peer, urn);
    const identity = session?.identity;
    const region =
      textAt(revealObject(values), "region") ?? textAt(revealObject(values), "location") ?? identity?.region ?? "";
    const job = {
      package: this.package,
      operation,
      type: typeOf(urn),
      id,
      region,
      account: identity?.account ?? "",
      urn,
    };
    const signal = session === undefined ? caller.signal : AbortSignal.any([caller.signal, session.cancel.signal]);
    return carryOut(this.#parts, job, signal, work);
  }

  #conceal(table: TypeTable, properties: JsonObject, ...from: readonly JsonObject[]): JsonObject {
    return concealKeys(properties, new Set([...secretKeys(...from), ...table.shape.secrets]));
  }

  #request(table: TypeTable, identity: Identity, urn: string): Request {
    return { tables: this.tables, table, identity, urn };
  }

  #session(caller: Caller, urn: string): Session {
    const session = this.#sessions.get(caller.peer, urn);
    if (session === undefined) throw notConfigured(this.package);
    return session;
  }

  #table(urn: string): TypeTable {
    const token = typeOf(urn);
    const table = this.tables.types.get(token);
    if (table !== undefined) return table;
    const near = nearestName(token, this.tables.types.keys());
    const hint = near === undefined ? "" : ` Did you mean ${near}?`;
    throw new Error(
      `the simulated ${this.package} provider has no resource type ${token}.${hint} It knows ${this.tables.types.size} types (GET /types of the control address lists them).`,
    );
  }
}

function withoutInternal(inputs: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(inputs).filter(([name]) => !name.startsWith("__")));
}

/** What faults match before a resource has an id: the name it asks for. */
function nameOf(inputs: JsonObject): string {
  const plain = revealObject(inputs);
  const named = ["name", "bucket", "resourceName", "vmName", "accountName", "identifier", "clusterIdentifier"].map(
    (key) => textAt(plain, key),
  );
  const azure = Object.keys(plain).find((key) => key.endsWith("Name") && key !== "resourceGroupName");
  return (
    named.find((name) => name !== undefined) ??
    (azure === undefined ? undefined : textAt(plain, azure)) ??
    textAt(plain, "resourceGroupName") ??
    ""
  );
}
