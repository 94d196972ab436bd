// Pulumi's ResourceProvider service over gRPC for one package.
import grpc from "@grpc/grpc-js";
import serviceModule from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import pb from "@pulumi/pulumi/proto/provider_pb.js";
import pluginPb from "@pulumi/pulumi/proto/plugin_pb.js";
import emptyPb from "google-protobuf/google/protobuf/empty_pb.js";
import structPb from "google-protobuf/google/protobuf/struct_pb.js";
import type { Failure } from "../check.ts";
import type { Change } from "../diff.ts";
import type { NamingWish } from "../naming.ts";
import { isObject, type JsonObject } from "../values.ts";
import type { Caller, Provider } from "./provider.ts";
import { schemaOf } from "./schema.ts";

/** States of large stacks come in one message. */
const messageLimit = 400 * 1024 * 1024;

/** Serves `provider` on 127.0.0.1; 0 takes a free port. Rejects when the port is taken. The caller ends the server. */
export async function serveProvider(
  provider: Provider,
  port: number,
  signal: AbortSignal,
): Promise<{ server: grpc.Server; port: number }> {
  signal.throwIfAborted();
  const server = new grpc.Server({
    "grpc.max_receive_message_length": messageLimit,
    "grpc.max_send_message_length": messageLimit,
  });
  server.addService(serviceModule.ResourceProviderService, methodsOf(provider, signal));
  const bound = await new Promise<number>((resolve, reject) => {
    server.bindAsync(`127.0.0.1:${port}`, grpc.ServerCredentials.createInsecure(), (error, actual) => {
      if (error === null) resolve(actual);
      else
        reject(new Error(`cannot serve the simulated ${provider.package} provider on port ${port}: ${error.message}`));
    });
  });
  return { server, port: bound };
}

type Handler<Q, A> = (request: Q, caller: Caller) => Promise<A> | A;

function methodsOf(provider: Provider, signal: AbortSignal): grpc.UntypedServiceImplementation {
  const unary =
    <Q, A>(handler: Handler<Q, A>): grpc.handleUnaryCall<Q, A> =>
    (call, callback) => {
      const gone = new AbortController();
      call.on("cancelled", () => gone.abort(new Error("the engine gave up waiting")));
      void settle(
        handler,
        call.request,
        { peer: call.getPeer(), signal: AbortSignal.any([signal, gone.signal]) },
        callback,
      );
    };
  return {
    handshake: unary(() =>
      new pb.ProviderHandshakeResponse().setAcceptSecrets(true).setSupportsAutonamingConfiguration(true),
    ),
    attach: unary(() => new emptyPb.Empty()),
    getPluginInfo: unary(() => new pluginPb.PluginInfo().setVersion(provider.tables.version)),
    getSchema: unary(() => new pb.GetSchemaResponse().setSchema(JSON.stringify(schemaOf(provider.tables)))),
    checkConfig: unary((request: InstanceType<typeof pb.CheckRequest>) => {
      const news = objectOf(request.getNews());
      return checkAnswer(news, provider.checkConfig(news));
    }),
    diffConfig: unary((request: InstanceType<typeof pb.DiffRequest>) =>
      diffAnswer(configChanges(objectOf(request.getOlds()), objectOf(request.getNews()))),
    ),
    configure: unary(async (request: InstanceType<typeof pb.ConfigureRequest>, caller) => {
      await provider.configure(caller, request.getUrn() ?? "", configurationOf(request, provider.package));
      return new pb.ConfigureResponse()
        .setAcceptsecrets(true)
        .setSupportspreview(true)
        .setSupportsAutonamingConfiguration(true);
    }),
    check: unary(async (request: InstanceType<typeof pb.CheckRequest>, caller) => {
      const wish = wishOf(request.getAutonaming());
      const seed = Uint8Array.from(request.getRandomseed_asU8());
      const named = wish === undefined ? {} : { wish };
      const result = await provider.check(caller, {
        urn: request.getUrn(),
        olds: objectOf(request.getOlds()),
        news: objectOf(request.getNews()),
        seed,
        ...named,
      });
      return checkAnswer(result.inputs, result.failures);
    }),
    diff: unary((request: InstanceType<typeof pb.DiffRequest>) => {
      const olds = request.hasOldInputs() ? objectOf(request.getOldInputs()) : objectOf(request.getOlds());
      const difference = provider.diff(request.getUrn(), {
        olds,
        news: objectOf(request.getNews()),
        ignored: request.getIgnorechangesList(),
      });
      return diffAnswer(difference.changes).setDeletebeforereplace(difference.deleteBeforeReplace);
    }),
    create: unary(async (request: InstanceType<typeof pb.CreateRequest>, caller) => {
      const made = await provider.create(
        caller,
        request.getUrn(),
        objectOf(request.getProperties()),
        request.getPreview() ? "preview" : "real",
      );
      return new pb.CreateResponse().setId(made.id).setProperties(structOf(made.properties));
    }),
    read: unary(async (request: InstanceType<typeof pb.ReadRequest>, caller) => {
      const known = {
        id: request.getId(),
        inputs: objectOf(request.getInputs()),
        properties: objectOf(request.getProperties()),
      };
      const found = await provider.read(caller, request.getUrn(), known);
      const answer = new pb.ReadResponse();
      return found === undefined
        ? answer
        : answer.setId(found.id).setInputs(structOf(found.inputs)).setProperties(structOf(found.properties));
    }),
    update: unary(async (request: InstanceType<typeof pb.UpdateRequest>, caller) => {
      const mode = request.getPreview() ? "preview" : "real";
      const properties = await provider.update(
        caller,
        request.getUrn(),
        request.getId(),
        objectOf(request.getOlds()),
        objectOf(request.getNews()),
        mode,
      );
      return new pb.UpdateResponse().setProperties(structOf(properties));
    }),
    delete: unary(async (request: InstanceType<typeof pb.DeleteRequest>, caller) => {
      await provider.delete(caller, request.getUrn(), request.getId(), objectOf(request.getProperties()));
      return new emptyPb.Empty();
    }),
    invoke: unary(async (request: InstanceType<typeof pb.InvokeRequest>, caller) => {
      const result = await provider.invoke(caller, request.getTok(), objectOf(request.getArgs()));
      return new pb.InvokeResponse().setReturn(structOf(result));
    }),
    cancel: unary((_: unknown, caller) => {
      provider.cancel(caller.peer);
      return new emptyPb.Empty();
    }),
  };
}

/** Answers the call once, with the handler's result or its error; never rejects. */
async function settle<Q, A>(
  handler: Handler<Q, A>,
  request: Q,
  caller: Caller,
  callback: grpc.sendUnaryData<A>,
): Promise<void> {
  let result: A;
  try {
    result = await handler(request, caller);
  } catch (error) {
    callback({ code: grpc.status.UNKNOWN, message: error instanceof Error ? error.message : String(error) });
    return;
  }
  callback(null, result);
}

type Struct = InstanceType<typeof structPb.Struct>;

function objectOf(struct: Struct | undefined): JsonObject {
  const value: unknown = struct?.toJavaScript() ?? {};
  return isObject(value) ? value : {};
}

function structOf(value: JsonObject): Struct {
  return structPb.Struct.fromJavaScript(structuredClone(value) as Record<string, structPb.JavaScriptValue>);
}

function checkAnswer(inputs: JsonObject, failures: readonly Failure[]): InstanceType<typeof pb.CheckResponse> {
  const list = failures.map(({ property, reason }) => new pb.CheckFailure().setProperty(property).setReason(reason));
  return new pb.CheckResponse().setInputs(structOf(inputs)).setFailuresList(list);
}

function diffAnswer(changes: readonly Change[]): InstanceType<typeof pb.DiffResponse> {
  const answer = new pb.DiffResponse();
  const top = (change: Change) => change.path.split(/[.[]/)[0] ?? change.path;
  answer.setChanges(
    changes.length === 0 ? pb.DiffResponse.DiffChanges.DIFF_NONE : pb.DiffResponse.DiffChanges.DIFF_SOME,
  );
  answer.setDiffsList([...new Set(changes.map(top))]);
  answer.setReplacesList([...new Set(changes.filter((change) => change.replaces).map(top))]);
  answer.setHasdetaileddiff(true);
  for (const change of changes) {
    const base = { add: 0, delete: 2, update: 4 }[change.kind];
    answer
      .getDetaileddiffMap()
      .set(
        change.path,
        new pb.PropertyDiff()
          .setKind(kinds[base + (change.replaces ? 1 : 0)] ?? pb.PropertyDiff.Kind.UPDATE)
          .setInputdiff(true),
      );
  }
  return answer;
}

const { ADD, ADD_REPLACE, DELETE, DELETE_REPLACE, UPDATE, UPDATE_REPLACE } = pb.PropertyDiff.Kind;
const kinds = [ADD, ADD_REPLACE, DELETE, DELETE_REPLACE, UPDATE, UPDATE_REPLACE];

function configChanges(olds: JsonObject, news: JsonObject): readonly Change[] {
  const keys = [...new Set([...Object.keys(olds), ...Object.keys(news)])].filter((key) => key !== "version");
  return keys
    .filter((key) => JSON.stringify(olds[key]) !== JSON.stringify(news[key]))
    .map((path) => ({
      path,
      kind: olds[path] === undefined ? "add" : news[path] === undefined ? "delete" : "update",
      replaces: false,
    }));
}

/** Structured arguments, or the older flat variables (`aws:config:region`). */
function configurationOf(request: InstanceType<typeof pb.ConfigureRequest>, pkg: string): JsonObject {
  const args = objectOf(request.getArgs());
  if (Object.keys(args).length > 0) return args;
  const prefix = `${pkg}:config:`;
  return Object.fromEntries(
    [...request.getVariablesMap().entries()].map(([key, value]) => [key.replace(prefix, ""), value]),
  );
}

function wishOf(options: InstanceType<typeof pb.CheckRequest.AutonamingOptions> | undefined): NamingWish | undefined {
  if (options === undefined) return undefined;
  const modes = ["propose", "enforce", "disable"] as const;
  return { mode: modes[options.getMode()] ?? "propose", proposed: options.getProposedName() };
}
