import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readPetshop } from "./root-cause-petshop.ts";
import { readSockShop } from "./root-cause-sock-shop.ts";

const { signal } = new AbortController();
let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "dharma-causes-"));
  const metrics = (time: number): string =>
    `microservice,a,b\nmetric,latency,latency\nstatistic,Average,Average\nunix_timestamp,,\n${time},1,2\n`;
  const target = JSON.stringify({
    target: { node: "a", metric: "latency", agg: "Average" },
    root_cause: { node: "b" },
  });
  const files: Readonly<Record<string, string>> = {
    "petshop/dataset/high/graph.csv": ",a,b\na,0,1\nb,0,0\n",
    "petshop/dataset/high/noissue/metrics.csv": metrics(1),
    "petshop/dataset/high/test/first/metrics.csv": metrics(2),
    "petshop/dataset/high/test/first/target.json": target,
    "petshop/dataset/changing/graph.csv": ",a\na,0\n",
    "petshop/dataset/changing/test/issue_0/metrics.csv": metrics(2),
    "petshop/dataset/changing/test/issue_0/target.json": target,
    "sock-shop/carts-cpu/1/normal.csv": "time,carts_cpu,user_cpu\n1,1,1\n",
    "sock-shop/carts-cpu/1/anomalous.csv": "time,carts_cpu,user_cpu\n2,9,1\n",
    "sock-shop/user-disk/1/normal.csv": "time,carts_cpu,user_cpu\n1,1,1\n",
    "sock-shop/user-disk/1/anomalous.csv": "time,carts_cpu,user_cpu\n2,1,1\n",
  };
  for (const [name, text] of Object.entries(files)) {
    // oxlint-disable-next-line no-await-in-loop -- a handful of small files
    await mkdir(dirname(join(root, name)), { recursive: true });
    // oxlint-disable-next-line no-await-in-loop -- likewise
    await writeFile(join(root, name), text);
  }
});
afterAll(() => rm(root, { recursive: true }));

test("a scenario is a folder with a graph, at any depth; one without a normal window is told of and costs no other", async () => {
  const told: string[] = [];
  const scenarios = await readPetshop(root, signal, (text) => told.push(text));
  expect(scenarios.map(({ name, issues }) => [name, issues.length])).toEqual([["high", 1]]);
  expect(scenarios[0]?.issues[0]?.isCause("b")).toBe(true);
  expect(told).toEqual([expect.stringContaining("petshop changing is not measured")]);
});

test("a run whose cause has no metric can't be judged and is told of", async () => {
  const told: string[] = [];
  const runs = await readSockShop(root, signal, (text) => told.push(text));
  expect(runs.map(({ byMetric }) => byMetric.isCause("carts_cpu"))).toEqual([true]);
  expect(told).toEqual([expect.stringContaining("1 of 2 runs")]);
});
