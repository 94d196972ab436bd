import { expect, test } from "vitest";
import { startSimController } from "../../test/support/sim-controller.ts";
import { reconcileAtAnnotation } from "./predicate.ts";

const recording = async () => {
  const seen: string[] = [];
  const it = await startSimController({
    reconcile: async (object) => {
      seen.push(object.metadata.name);
      return {};
    },
  });
  return {
    ...it,
    next: async () => {
      await it.clock.advance(1000);
      return seen.splice(0);
    },
  };
};

test("what is meaningful: spec, labels, annotations, finalizers and a class of health; not a score", async () => {
  const { put, next, end } = await recording();
  const health = (score: number, name: string) => ({ status: { health: { score, class: name } } });
  put("a", { generation: 1 }, health(90, "Healthy"));
  expect(await next()).toEqual(["a"]);
  put("a", {}, health(81, "Healthy"));
  expect(await next()).toEqual([]);
  put("a", {}, health(79, "Degraded"));
  expect(await next()).toEqual(["a"]);
  put("a", { generation: 2 });
  expect(await next()).toEqual(["a"]);
  put("a", { annotations: { [reconcileAtAnnotation]: "1" } });
  expect(await next()).toEqual(["a"]);
  put("a", { finalizers: ["x"] });
  expect(await next()).toEqual(["a"]);
  await end();
});

test("owners of what changed, what a mapper names, and calls; only for objects there are", async () => {
  const { put, next, channel, end } = await recording();
  put("a");
  put("b");
  await next();
  const ownerReferences = [{ apiVersion: "v1", kind: "ConfigMap", name: "a", uid: "uid-a" }];
  put("child", { labels: { mine: "no" }, ownerReferences });
  expect(await next()).toEqual(["a"]);
  put("note", { labels: { mine: "no", about: "a" } });
  await next();
  put("note", { labels: { mine: "no", about: "b" } });
  expect((await next()).toSorted((x, y) => (x < y ? -1 : 1))).toEqual(["a", "b"]);
  channel.request({ namespace: "ns", name: "b" }, 500);
  channel.request({ namespace: "ns", name: "nobody" });
  expect(await next()).toEqual(["b"]);
  await end();
});

test("an object that is gone takes no memory and is told of", async () => {
  const { put, remove, next, gone, controller, end } = await recording();
  put("a");
  await next();
  expect(controller.queue.size).toBe(1); // its resync
  remove("a");
  await next();
  expect(gone).toEqual(["a"]);
  expect(controller.queue.size).toBe(0);
  await end();
});
