import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseTemplate, renderTemplate, type TemplatePart } from "./expression.ts";

const reference = (name: string, ...path: (string | number)[]): TemplatePart => ({
  kind: "reference",
  reference: { name, path },
});
const text = (value: string): TemplatePart => ({ kind: "text", text: value });

describe("references in strings", () => {
  it.each<[string, readonly TemplatePart[]]>([
    ["", [text("")]],
    ["plain", [text("plain")]],
    ["${net.id}", [reference("net", "id")]],
    ["${net.subnetIds[0]}", [reference("net", "subnetIds", 0)]],
    ['${q.tags["a.b"]}', [reference("q", "tags", "a.b")]],
    ["${inputs.dbPassword}", [reference("inputs", "dbPassword")]],
    ["a-${x.y}-b", [text("a-"), reference("x", "y"), text("-b")]],
    ["${a.b}${c.d}", [reference("a", "b"), reference("c", "d")]],
    ["$${not.a.reference}", [text("${not.a.reference}")]],
    ["$$${x.y}", [text("$${x.y}")]],
    ["cost: $5 {}", [text("cost: $5 {}")]],
    ["my-name_1 ${my-name_1.id}", [text("my-name_1 "), reference("my-name_1", "id")]],
  ])("reads %j", (source, parts) => {
    expect(parseTemplate(source)).toEqual({ kind: "ok", parts });
  });

  it.each(["${", "${}", "${a}", "${a.}", "${.b}", "${a b.c}", "${1a.b}", "${a.b[x]}", "${a.b", "${ a.b }", "${ünï.b}"])(
    "refuses %j and says what to write",
    (source) => {
      const template = parseTemplate(source);
      expect(template.kind).toBe("malformed");
      expect(template.kind === "malformed" && template.message).toContain("$${");
    },
  );

  it("escapes a literal `${` when it writes, wherever it stands", () => {
    expect(renderTemplate([text("a ${b} ${")])).toBe("a $${b} $${");
  });

  const name = fc.stringMatching(/^[A-Za-z][A-Za-z0-9_-]{0,8}$/);
  const segment = fc.oneof(fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_]{0,8}$/), fc.nat(99));
  const anyReference = fc
    .tuple(name, fc.array(segment, { minLength: 1, maxLength: 3 }))
    .map(([first, path]) => reference(first, ...path));

  it("come back as they were after being written", () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.oneof(anyReference, fc.string({ minLength: 1 }).map(text), fc.constantFrom("${", "$", "{", "}").map(text)),
          { minLength: 1 },
        ),
        (parts) => {
          // Neighbouring texts merge, and a text that ends in `$` before a reference would read as an escape.
          const merged: TemplatePart[] = [];
          for (const part of parts) {
            const last = merged.at(-1);
            if (part.kind === "text" && last?.kind === "text") merged[merged.length - 1] = text(last.text + part.text);
            else merged.push(part);
          }
          fc.pre(!merged.some((part) => part.kind === "text" && part.text.endsWith("$")));
          expect(parseTemplate(renderTemplate(merged))).toEqual({ kind: "ok", parts: merged });
        },
      ),
    );
  });

  it("never throw, whatever the text", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom("$", "{", "}", ".", "a", "[", "0", "]", '"', "\\") }), (source) => {
        expect(["ok", "malformed"]).toContain(parseTemplate(source).kind);
      }),
    );
  });
});
