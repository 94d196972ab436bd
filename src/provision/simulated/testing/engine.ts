// A client of one provider server, as an engine would be. For tests of the protocol.
import grpc from "@grpc/grpc-js";
import serviceModule from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import pb from "@pulumi/pulumi/proto/provider_pb.js";
import emptyPb from "google-protobuf/google/protobuf/empty_pb.js";
import structPb from "google-protobuf/google/protobuf/struct_pb.js";
import { isObject, type JsonObject } from "../values.ts";

export interface TestEngine {
  readonly urn: (type: string, name: string) => string;
  readonly configure: (config: JsonObject) => Promise<void>;
  readonly checkConfig: (config: JsonObject) => Promise<readonly string[]>;
  readonly check: (
    type: string,
    name: string,
    news: JsonObject,
    olds?: JsonObject,
  ) => Promise<{ inputs: JsonObject; failures: readonly string[] }>;
  readonly diff: (
    type: string,
    name: string,
    olds: JsonObject,
    news: JsonObject,
  ) => Promise<{ changes: boolean; replaces: readonly string[]; deleteBeforeReplace: boolean }>;
  readonly create: (
    type: string,
    name: string,
    inputs: JsonObject,
    preview?: "preview",
  ) => Promise<{ id: string; properties: JsonObject }>;
  readonly read: (
    type: string,
    name: string,
    id: string,
    inputs?: JsonObject,
  ) => Promise<{ id: string; inputs: JsonObject; properties: JsonObject }>;
  readonly update: (type: string, name: string, id: string, olds: JsonObject, news: JsonObject) => Promise<JsonObject>;
  readonly delete: (type: string, name: string, id: string) => Promise<void>;
  readonly invoke: (token: string, args: JsonObject) => Promise<JsonObject>;
  readonly cancel: () => Promise<void>;
  readonly close: () => void;
}

type Struct = InstanceType<typeof structPb.Struct>;
const struct = (value: JsonObject): Struct =>
  structPb.Struct.fromJavaScript(structuredClone(value) as Record<string, structPb.JavaScriptValue>);
const plain = (value: Struct | undefined): JsonObject => {
  const found: unknown = value?.toJavaScript() ?? {};
  return isObject(found) ? found : {};
};

export function testEngine(port: number): TestEngine {
  // A pool of its own: two engines in one process must not share a connection, as two processes would not.
  const client = new serviceModule.ResourceProviderClient(`127.0.0.1:${port}`, grpc.credentials.createInsecure(), {
    "grpc.use_local_subchannel_pool": 1,
  });
  const ask = <A>(send: (done: (error: grpc.ServiceError | null, answer: A) => void) => void) =>
    new Promise<A>((resolve, reject) => {
      send((error, answer) => (error === null ? resolve(answer) : reject(new Error(error.details))));
    });
  const urn = (type: string, name: string) => `urn:pulumi:test::simulated::${type}::${name}`;
  return {
    urn,
    configure: async (config) => {
      const request = new pb.ConfigureRequest()
        .setArgs(struct(config))
        .setAcceptsecrets(true)
        .setUrn(urn("pulumi:providers:x", "default"));
      await ask<InstanceType<typeof pb.ConfigureResponse>>((done) => client.configure(request, done));
    },
    checkConfig: async (config) => {
      const request = new pb.CheckRequest().setNews(struct(config));
      const answer = await ask<InstanceType<typeof pb.CheckResponse>>((done) => client.checkConfig(request, done));
      return answer.getFailuresList().map((failure) => failure.getReason());
    },
    check: async (type, name, news, olds = {}) => {
      const request = new pb.CheckRequest()
        .setUrn(urn(type, name))
        .setNews(struct(news))
        .setOlds(struct(olds))
        .setRandomseed(new Uint8Array([1, 2, 3]));
      const answer = await ask<InstanceType<typeof pb.CheckResponse>>((done) => client.check(request, done));
      return {
        inputs: plain(answer.getInputs()),
        failures: answer.getFailuresList().map((failure) => `${failure.getProperty()}: ${failure.getReason()}`),
      };
    },
    diff: async (type, name, olds, news) => {
      const request = new pb.DiffRequest()
        .setUrn(urn(type, name))
        .setOldInputs(struct(olds))
        .setOlds(struct(olds))
        .setNews(struct(news));
      const answer = await ask<InstanceType<typeof pb.DiffResponse>>((done) => client.diff(request, done));
      const changes = answer.getChanges() === pb.DiffResponse.DiffChanges.DIFF_SOME;
      return { changes, replaces: answer.getReplacesList(), deleteBeforeReplace: answer.getDeletebeforereplace() };
    },
    create: async (type, name, inputs, preview) => {
      const request = new pb.CreateRequest()
        .setUrn(urn(type, name))
        .setProperties(struct(inputs))
        .setPreview(preview === "preview");
      const answer = await ask<InstanceType<typeof pb.CreateResponse>>((done) => client.create(request, done));
      return { id: answer.getId(), properties: plain(answer.getProperties()) };
    },
    read: async (type, name, id, inputs = {}) => {
      const request = new pb.ReadRequest()
        .setUrn(urn(type, name))
        .setId(id)
        .setInputs(struct(inputs))
        .setProperties(struct({}));
      const answer = await ask<InstanceType<typeof pb.ReadResponse>>((done) => client.read(request, done));
      return { id: answer.getId(), inputs: plain(answer.getInputs()), properties: plain(answer.getProperties()) };
    },
    update: async (type, name, id, olds, news) => {
      const request = new pb.UpdateRequest()
        .setUrn(urn(type, name))
        .setId(id)
        .setOlds(struct(olds))
        .setNews(struct(news));
      return plain(
        (await ask<InstanceType<typeof pb.UpdateResponse>>((done) => client.update(request, done))).getProperties(),
      );
    },
    delete: async (type, name, id) => {
      const request = new pb.DeleteRequest().setUrn(urn(type, name)).setId(id).setProperties(struct({}));
      await ask<unknown>((done) => client.delete(request, done));
    },
    invoke: async (token, args) => {
      const request = new pb.InvokeRequest().setTok(token).setArgs(struct(args));
      return plain(
        (await ask<InstanceType<typeof pb.InvokeResponse>>((done) => client.invoke(request, done))).getReturn(),
      );
    },
    cancel: async () => {
      await ask<unknown>((done) => client.cancel(new emptyPb.Empty(), done));
    },
    close: () => client.close(),
  };
}
