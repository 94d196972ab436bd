import { expect, test } from "vitest";

import { Interner } from "./interner.ts";
import { slim } from "./slim.ts";

test("what is used stays remembered, what is not is forgotten, and the bound holds", () => {
  const interner = new Interner(100);
  for (let turn = 0; turn < 1_000; turn++) {
    interner.intern(`unique-${turn}`);
    interner.intern("often");
    expect(interner.size).toBeLessThanOrEqual(200);
  }
});

test("slimming drops managedFields and changes nothing else", () => {
  const pod = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "a", uid: "u", managedFields: [{ manager: "m" }], labels: { app: "web" } },
    spec: { containers: [{ image: "i", ports: [{ containerPort: 80 }], command: ["a", "b"], tty: false, x: null }] },
  };
  const { managedFields: _, ...metadata } = pod.metadata;
  const expected = structuredClone({ ...pod, metadata });
  expect(slim(pod, new Interner())).toEqual(expected);
});
