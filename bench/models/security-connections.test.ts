import { expect, test } from "vitest";
import { connectionsOf } from "./security-connections.ts";

const record = (kind: string): string => `0,tcp,http,SF,${Array.from({ length: 37 }, () => "1").join()},${kind}`;

test("records are read from the published table, one with a header and an ARFF file alike", () => {
  const names = Array.from({ length: 42 }, (_, column) => `column${column}`).join();
  const arff = `@relation 'KDDTest'\n@attribute 'protocol_type' {'tcp','udp', 'icmp'}\n@data\n`;
  const expected = [record("normal").split(","), record("neptune").split(",")];
  const rows = `${record("normal")}\n${record("neptune")}\n`;
  for (const text of [rows, `${names}\n${rows}`, arff + rows]) expect(connectionsOf(text)).toEqual(expected);
});

test("what follows the label does not hide a record, and lines without a label are none", () => {
  expect(connectionsOf(`${record("normal")},21\n0,tcp,http\n`)).toHaveLength(1);
});
