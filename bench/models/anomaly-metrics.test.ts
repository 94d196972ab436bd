import { expect, test } from "vitest";
import { entityParts } from "./anomaly-metrics.ts";

test("the parts of an entity are found by its files' names, and by their folders as published", () => {
  const parts = entityParts([
    "smd/machine-1-1_test.csv.gz",
    "smd/machine-1-1_test_label.csv.gz",
    "smd/machine-1-1_train.csv.gz",
    "smd/ServerMachineDataset/test/machine-2-1.txt",
    "smd/ServerMachineDataset/test_label/machine-2-1.txt",
    "smd/ServerMachineDataset/interpretation_label/machine-2-1.txt",
    "smd/notes.txt",
  ]);
  expect([...parts]).toEqual([
    [
      "machine-1-1",
      {
        test: "smd/machine-1-1_test.csv.gz",
        labels: "smd/machine-1-1_test_label.csv.gz",
        train: "smd/machine-1-1_train.csv.gz",
      },
    ],
    [
      "machine-2-1",
      {
        test: "smd/ServerMachineDataset/test/machine-2-1.txt",
        labels: "smd/ServerMachineDataset/test_label/machine-2-1.txt",
      },
    ],
  ]);
});
