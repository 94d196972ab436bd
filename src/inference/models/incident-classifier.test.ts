import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ModelError } from "../model/errors.ts";
import { readModelFolder } from "../model/folder.ts";
import { type OpenModel, openModel } from "../model/open.ts";
import {
  createIncidentClassifier,
  incidentBaseline,
  type IncidentInput,
  textOfIncident,
} from "./incident-classifier.ts";

const { signal } = new AbortController();
let session: OpenModel;
beforeAll(async () => {
  const folder = join(import.meta.dirname, "..", "..", "..", "models", "IncidentClassifier", "alerts");
  session = await openModel(await readModelFolder(folder, signal));
});
afterAll(() => session.close());

/** Made up here, with products of each group. */
const incidents: readonly (readonly [group: string, input: IncidentInput])[] = [
  ["Databases", { name: "PostgresqlReplicationLag", description: "The replica is 40 seconds behind its primary" }],
  ["Databases", { name: "MySQL too many connections", expression: "mysql_global_status_threads_connected > 400" }],
  ["Message brokers", { name: "Kafka consumer group lag", description: "Messages pile up in topic orders" }],
  ["Orchestrators", { name: "KubePodCrashLooping", description: "Pod shop-7f is restarting, namespace prod" }],
  ["Basic resource monitoring", { name: "Host out of disk space", expression: "node_filesystem_avail_bytes < 1e9" }],
  ["Storage", { name: "Ceph OSD down", description: "An object storage daemon of the cluster is down" }],
  ["CI/CD", { name: "Jenkins build failing", description: "The last builds of the job have failed" }],
  ["Network and security", { name: "Certificate expires soon", description: "The TLS certificate ends in 3 days" }],
  ["Runtimes", { name: "JVM heap filling up", expression: "jvm_memory_used_bytes / jvm_memory_max_bytes > 0.9" }],
  [
    "Proxies, load balancers and service meshes",
    { name: "Nginx high HTTP 5xx error rate", description: "Upstream fails" },
  ],
  ["Cloud providers", { name: "Droplet CPU high", description: "DigitalOcean droplet uses 95 % of its CPU" }],
  ["Data engineering", { name: "HDFS blocks missing", description: "The Hadoop namenode reports missing blocks" }],
];

const answersOf = async (inputs: readonly IncidentInput[]) =>
  createIncidentClassifier(session).score(inputs, { signal });

test("alerts are put into their group", async () => {
  const results = await answersOf(incidents.map(([, input]) => input));
  const right = results.filter(({ labels }, index) => labels[0]?.label === incidents[index]?.[0]).length;
  expect(right).toBeGreaterThanOrEqual(10);
});

test("against shuffled labels it is no better than chance", async () => {
  const results = await answersOf(incidents.map(([, input]) => input));
  let right = 0;
  for (let shift = 2; shift < incidents.length; shift++)
    right += results.filter(
      ({ labels }, index) => labels[0]?.label === incidents[(index + shift) % incidents.length]?.[0],
    ).length;
  expect(right / (incidents.length * (incidents.length - 2))).toBeLessThan(0.15);
});

test("probabilities fall, add up to one but for what is out of scope, and a batch changes none of them", async () => {
  const inputs = incidents.map(([, input]) => input);
  const together = await answersOf(inputs);
  const [alone] = await answersOf(inputs.slice(3, 4));
  for (const [index, { label, probability }] of (alone?.labels ?? []).entries()) {
    expect(together[3]?.labels[index]?.label).toBe(label);
    expect(together[3]?.labels[index]?.probability).toBeCloseTo(probability, 5);
  }
  for (const { labels } of together) {
    const chances = labels.map(({ probability }) => probability);
    expect(chances).toEqual(chances.toSorted((a, b) => b - a));
    const sum = chances.reduce((total, chance) => total + chance, 0);
    expect(sum).toBeGreaterThan(0.8);
    expect(sum).toBeLessThanOrEqual(1 + 1e-6);
  }
});

test("what no group fits is out of scope; an alert is not", async () => {
  const [soup, empty, alert] = await answersOf([
    { summary: "please sing a lullaby" },
    {},
    { name: "PostgreSQL down", description: "PostgreSQL instance is down", expression: "pg_up == 0" },
  ]);
  expect(soup?.outOfScope).toBe(true);
  expect(empty?.outOfScope).toBe(true);
  expect(alert?.outOfScope).toBe(false);
  expect(alert?.labels[0]?.label).toBe("Databases");
});

test("names of instances in the text hardly move the answer", async () => {
  const named = (pod: string): IncidentInput => ({ name: "Redis down", description: `Redis instance ${pod} is down` });
  const [first, second] = await answersOf([named("cache-0"), named("zebra-77")]);
  expect(first?.labels[0]?.label).toBe("Databases");
  expect(second?.labels[0]?.label).toBe("Databases");
});

test("fields are put together in a fixed order, empty ones left out", () => {
  expect(textOfIncident({ expression: "up == 0", name: "Down", description: "" })).toBe("Down\nup == 0");
});

test("the baseline answers with the same labels, and a model without labels is refused", async () => {
  const [answer] = await incidentBaseline(session).score([incidents[0]?.[1] ?? {}], { signal });
  expect(answer?.labels[0]?.label).toBe("Databases");
  const bare = { ...session, manifest: { ...session.manifest, scalers: {} } };
  expect(() => createIncidentClassifier(bare)).toThrow(ModelError);
});
