// `node drift-rows.ts HISTORIES ROWS`: the operator's own rows of simulated histories, as little-endian float32 without a header.
import { writeFile } from "node:fs/promises";
import { driftBaseline } from "../../src/inference/index.ts";
import { driftCases } from "./drift-histories.ts";
import { textOf } from "./files.ts";

const [histories, rows] = process.argv.slice(2);
if (histories === undefined || rows === undefined) throw new Error("drift-rows.ts HISTORIES ROWS");
const { rowOf } = driftBaseline();
const cases = driftCases(await textOf(histories, AbortSignal.timeout(600_000)));
await writeFile(rows, Buffer.concat(cases.map(({ input }) => Buffer.from(rowOf(input).buffer))));
