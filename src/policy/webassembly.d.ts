// The part of WebAssembly that the policy host names; the compiler's own declarations come only with the browser's.
declare namespace WebAssembly {
  interface Module {
    readonly [Symbol.toStringTag]: "WebAssembly.Module";
  }
  function compile(bytes: Uint8Array<ArrayBuffer>): Promise<Module>;
}
