// The built-in packs' catalog, from the files that `npm run generate` writes.
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { type Catalog, catalogIn } from "./catalog.ts";

/** Every control of the packs under `dir` (`policies/catalog`). */
export async function readCatalog(dir: string, signal: AbortSignal): Promise<Catalog> {
  const packs = await readdir(dir);
  const read = packs.map(async (pack): Promise<[string, unknown]> => {
    const text = await readFile(join(dir, pack, "data.json"), { encoding: "utf8", signal });
    return [pack, JSON.parse(text)];
  });
  return catalogIn({ catalog: Object.fromEntries(await Promise.all(read)) });
}
