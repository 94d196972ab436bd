import { Type } from "typebox";
import { describe, expect, it } from "vitest";
import { openApi } from "../generate/openapi.ts";
import { structural } from "./structural.ts";

describe("structural", () => {
  it("does not require of writers what has a default", () => {
    const schema = Type.Object({ a: Type.String(), b: Type.String({ default: "x" }), c: Type.Optional(Type.String()) });
    expect(structural(schema).required).toEqual(["a"]);
  });

  it("writes enums with their type and maps as additionalProperties", () => {
    const schema = Type.Object({
      mode: Type.Enum(["A", "B"]),
      labels: Type.Record(Type.String(), Type.String({ maxLength: 3 })),
    });
    expect(openApi(structural(schema))).toEqual({
      type: "object",
      required: ["mode", "labels"],
      properties: {
        mode: { type: "string", enum: ["A", "B"] },
        labels: { type: "object", additionalProperties: { type: "string", maxLength: 3 } },
      },
    });
  });

  it("refuses what a structural schema cannot say", () => {
    expect(() => structural(Type.Object({ a: Type.String() }, { additionalProperties: false }))).toThrow(
      /additionalProperties/u,
    );
    expect(() => structural(Type.Object({ a: Type.Intersect([Type.String()]) }))).toThrow(/allOf/u);
  });
});
