// Runs a health script of Argo CD for real: `obj` is the object, the script's last word a table of status and message.
import fengari from "fengari";

export interface LuaHealth {
  readonly status: string;
  readonly message: string;
}

/** What the script says of the object. Throws with Lua's message when it fails. */
export function luaHealth(script: string, object: unknown): LuaHealth {
  const { lua, lauxlib, lualib, to_luastring } = fengari;
  const state = lauxlib.luaL_newstate();
  lualib.luaL_openlibs(state);
  const source = `obj = ${literal(object)}\n${script}`;
  const failed = lauxlib.luaL_dostring(state, to_luastring(source));
  if (failed !== false && failed !== lua.LUA_OK) throw new Error(lua.lua_tojsstring(state, -1));
  const field = (name: string): string => {
    lua.lua_getfield(state, 1, to_luastring(name));
    return lua.lua_tojsstring(state, -1);
  };
  return { status: field("status"), message: field("message") };
}

/** A value as Lua writes it; what JSON leaves out is left out. */
function literal(value: unknown): string {
  if (Array.isArray(value)) return `{${value.map(literal).join(", ")}}`;
  if (typeof value === "object" && value !== null) {
    const entries = Object.entries(value).filter(([, inner]) => inner !== undefined && inner !== null);
    return `{${entries.map(([key, inner]) => `[${text(key)}] = ${literal(inner)}`).join(", ")}}`;
  }
  return typeof value === "string" ? text(value) : String(value);
}

function text(value: string): string {
  const bytes = [...Buffer.from(value, "utf8")];
  return `"${bytes.map((byte) => `\\${String(byte).padStart(3, "0")}`).join("")}"`;
}
