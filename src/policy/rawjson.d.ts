// JSON.rawJSON (ECMAScript proposal JSON.parse source text access, in V8 since 11.4), which the compiler's own declarations lack.
interface JSON {
  /** What JSON.stringify writes as `text`, a JSON primitive. */
  rawJSON(text: string): unknown;
}
