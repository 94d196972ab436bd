// The part of fengari (a Lua 5.3 machine in JavaScript; no types of its own) that tests use.
declare module "fengari" {
  /** A Lua state. */
  interface State {
    readonly brand: unique symbol;
  }
  const fengari: {
    readonly lua: {
      lua_tojsstring(state: State, index: number): string;
      lua_getfield(state: State, index: number, name: Uint8Array): number;
      readonly LUA_OK: number;
    };
    readonly lauxlib: {
      luaL_newstate(): State;
      luaL_dostring(state: State, source: Uint8Array): boolean | number;
    };
    readonly lualib: { luaL_openlibs(state: State): void };
    to_luastring(text: string): Uint8Array;
  };
  export = fengari;
}
