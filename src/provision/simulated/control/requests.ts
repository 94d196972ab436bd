// What may be asked of the control address: bodies read into typed requests, or a reason and an example.
import { faultEnds, faultKinds, type FaultSpec } from "../faults.ts";
import { nearestName } from "../nearest.ts";
import { isObject, type JsonObject } from "../values.ts";

/** A request that can't be carried out: 400 with the reason and an example that works. */
export class BadRequest extends Error {
  readonly example: string;

  constructor(message: string, example: string) {
    super(message);
    this.name = "BadRequest";
    this.example = example;
  }
}

export const faultExample =
  'POST /faults {"kind":"throttle","match":{"type":"aws:s3/*","operation":"create"},"count":3,"seconds":60,"probability":1,"latencyMs":0}';
export const createExample =
  'POST /resources {"package":"aws","account":"123456789012","region":"eu-central-1","type":"aws:s3/bucket:Bucket","inputs":{"bucket":"made-by-hand"}}';
export const patchExample = 'PATCH /resources/my-bucket?type=aws:s3/bucket:Bucket {"tags":{"team":"nobody"}}';

const faultFields = [
  "kind",
  "match",
  "count",
  "seconds",
  "probability",
  "latencyMs",
  "message",
  "answer",
  "level",
  "endsOn",
];
const matchFields = ["type", "id", "region", "operation", "urn", "blueprint"];
export const healthExample =
  'POST /faults {"kind":"health","match":{"id":"my-bucket"},"level":0.1,"seconds":600,"endsOn":"recreate"}';

export function readFault(body: unknown): FaultSpec {
  const fault = objectBody(body, faultExample);
  refuseUnknown(fault, faultFields, "a fault", faultExample);
  const kind = faultKinds.find((known) => known === fault["kind"]);
  if (kind === undefined)
    throw new BadRequest(`kind ${JSON.stringify(fault["kind"])} is not one of ${faultKinds.join(", ")}`, faultExample);
  const match = fault["match"] ?? {};
  if (!isObject(match)) throw new BadRequest("match must be an object", faultExample);
  refuseUnknown(match, matchFields, "match", faultExample);
  const patterns: Record<string, string> = {};
  for (const [name, value] of Object.entries(match)) {
    if (typeof value !== "string") throw new BadRequest(`match.${name} must be a string`, faultExample);
    if (kind !== "health" && (name === "urn" || name === "blueprint"))
      throw new BadRequest(
        `match.${name} is for health faults only: match type, id, region or operation`,
        healthExample,
      );
    if (kind === "health" && name === "operation")
      throw new BadRequest("match.operation is not for health faults: they touch no operation", healthExample);
    patterns[name] = value;
  }
  const numbers = Object.fromEntries(
    ["count", "seconds", "probability", "latencyMs", "level"].flatMap((name) =>
      fault[name] === undefined ? [] : [[name, number(fault, name)]],
    ),
  );
  const spec = { kind, match: patterns, ...numbers };
  const { message, answer } = fault;
  if (message !== undefined && typeof message !== "string")
    throw new BadRequest("message must be a string", faultExample);
  if (answer !== undefined && answer !== "error" && answer !== "never")
    throw new BadRequest('answer must be "error" or "never"', faultExample);
  const endsOn = faultEnds.find((known) => known === fault["endsOn"]);
  if (fault["endsOn"] !== undefined && (endsOn === undefined || kind !== "health"))
    throw new BadRequest(`endsOn must be ${faultEnds.join(", ")}, of a health fault`, healthExample);
  return {
    ...spec,
    ...(message === undefined ? {} : { message }),
    ...(answer === undefined ? {} : { answer }),
    ...(endsOn === undefined ? {} : { endsOn }),
  };
}

function number(fault: JsonObject, name: string): number {
  const value = fault[name];
  const most = name === "probability" || name === "level" ? 1 : Number.MAX_SAFE_INTEGER;
  if (typeof value !== "number" || !(value >= 0) || value > most || (name === "count" && value < 1)) {
    throw new BadRequest(
      `${name} must be a number from ${name === "count" ? 1 : 0}${most === 1 ? " to 1" : ""}, got ${JSON.stringify(value)}`,
      faultExample,
    );
  }
  return value;
}

/** The body as an object, or a 400. */
export function objectBody(body: unknown, example: string): JsonObject {
  if (!isObject(body)) throw new BadRequest("the body must be a JSON object", example);
  return body;
}

export function refuseUnknown(value: JsonObject, known: readonly string[], what: string, example: string): void {
  for (const name of Object.keys(value)) {
    if (known.includes(name)) continue;
    const near = nearestName(name, known);
    throw new BadRequest(
      `${what} has no field ${name}${near === undefined ? "" : `: did you mean ${near}?`} Known: ${known.join(", ")}`,
      example,
    );
  }
}
