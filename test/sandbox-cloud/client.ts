import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import grpc from "@grpc/grpc-js";
import service from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import statusProto from "@pulumi/pulumi/proto/status_pb.js";
import provider from "@pulumi/pulumi/proto/provider_pb.js";
import type {
  CheckResponse,
  ConfigureResponse,
  CreateResponse,
  DiffResponse,
  InvokeResponse,
  ReadResponse,
  UpdateResponse,
} from "@pulumi/pulumi/proto/provider_pb.js";
import { openBacking } from "../../src/satellites/sandbox-cloud/server/backing.ts";
import { listen } from "../../src/satellites/sandbox-cloud/server/listen.ts";
import { fromStruct, toStruct } from "../../src/satellites/sandbox-cloud/wire/struct.ts";
import type { JsonObject } from "../../src/satellites/sandbox-cloud/wire/json.ts";

export const modules = resolve(import.meta.dirname, "../../node_modules");

export function urnOf(type: string, name: string): string {
  return `urn:pulumi:dev::test::${type}::${name}`;
}

type Reply<T> = (error: grpc.ServiceError | null, response: T) => void;

function ask<T>(call: (reply: Reply<T>) => unknown): Promise<T> {
  return new Promise((done, fail) => {
    call((error, response) => (error === null ? done(response) : fail(error)));
  });
}

export interface InitFailure {
  readonly id: string;
  readonly properties: JsonObject;
  readonly inputs: JsonObject;
  readonly reasons: readonly string[];
}

/** What an error says of an object that is there though its create or update failed, read from its details as the engine does; undefined: nothing. */
export function initFailure(thrown: unknown): InitFailure | undefined {
  const metadata = thrown instanceof Error && "metadata" in thrown ? thrown.metadata : undefined;
  if (!(metadata instanceof grpc.Metadata)) throw new Error("no error of gRPC", { cause: thrown });
  const [bytes] = metadata.get("grpc-status-details-bin");
  if (!(bytes instanceof Buffer)) return undefined;
  const [detail] = statusProto.Status.deserializeBinary(bytes).getDetailsList();
  const failed = detail?.unpack((content) => provider.ErrorResourceInitFailed.deserializeBinary(content), "pulumirpc.ErrorResourceInitFailed");
  if (failed === undefined || failed === null) return undefined;
  return { id: failed.getId(), properties: fromStruct(failed.getProperties()), inputs: fromStruct(failed.getInputs()), reasons: failed.getReasonsList() };
}

/** One connection to a sandbox server: one provider instance, as the engine opens it. */
export class Connection {
  readonly #client: InstanceType<typeof service.ResourceProviderClient>;

  constructor(port: number) {
    // Without a pool of its own two clients to one port would share a connection, which the engine's do not.
    this.#client = new service.ResourceProviderClient(`127.0.0.1:${port}`, grpc.credentials.createInsecure(), { "grpc.use_local_subchannel_pool": 1 });
  }

  configure(pkg: string, config: JsonObject = {}): Promise<ConfigureResponse> {
    const request = new provider.ConfigureRequest();
    request.setArgs(toStruct(config));
    request.setUrn(urnOf(`pulumi:providers:${pkg}`, "default"));
    request.setType(`pulumi:providers:${pkg}`);
    return ask((reply) => this.#client.configure(request, reply));
  }

  async check(urn: string, news: JsonObject, olds?: JsonObject): Promise<{ inputs: JsonObject; failures: { property: string; reason: string }[] }> {
    const request = new provider.CheckRequest();
    request.setUrn(urn);
    request.setNews(toStruct(news));
    if (olds !== undefined) request.setOlds(toStruct(olds));
    request.setRandomseed(Buffer.from("5eed5eed", "hex"));
    const response = await ask<CheckResponse>((reply) => this.#client.check(request, reply));
    return {
      inputs: fromStruct(response.getInputs()),
      failures: response.getFailuresList().map((each) => ({ property: each.getProperty(), reason: each.getReason() })),
    };
  }

  async diff(
    urn: string,
    id: string,
    sides: { olds: JsonObject; oldInputs: JsonObject; news: JsonObject; ignore?: string[] },
  ): Promise<{ changed: boolean; diffs: string[]; replaces: string[]; detailed: Record<string, number>; deleteFirst: boolean }> {
    const request = new provider.DiffRequest();
    request.setUrn(urn);
    request.setId(id);
    request.setOlds(toStruct(sides.olds));
    request.setOldInputs(toStruct(sides.oldInputs));
    request.setNews(toStruct(sides.news));
    request.setIgnorechangesList(sides.ignore ?? []);
    const response = await ask<DiffResponse>((reply) => this.#client.diff(request, reply));
    const detailed: Record<string, number> = {};
    response.getDetaileddiffMap().forEach((value, key) => {
      detailed[key] = value.getKind();
    });
    return {
      changed: response.getChanges() === provider.DiffResponse.DiffChanges.DIFF_SOME,
      diffs: response.getDiffsList(),
      replaces: response.getReplacesList(),
      detailed,
      deleteFirst: response.getDeletebeforereplace(),
    };
  }

  async create(urn: string, inputs: JsonObject, preview = false): Promise<{ id: string; properties: JsonObject }> {
    const request = new provider.CreateRequest();
    request.setUrn(urn);
    request.setProperties(toStruct(inputs));
    request.setPreview(preview);
    const response = await ask<CreateResponse>((reply) => this.#client.create(request, reply));
    return { id: response.getId(), properties: fromStruct(response.getProperties()) };
  }

  async read(
    urn: string,
    id: string,
    state: { inputs?: JsonObject; properties?: JsonObject } = {},
  ): Promise<{ id: string; properties: JsonObject; inputs: JsonObject }> {
    const request = new provider.ReadRequest();
    request.setUrn(urn);
    request.setId(id);
    request.setInputs(toStruct(state.inputs ?? {}));
    request.setProperties(toStruct(state.properties ?? {}));
    const response = await ask<ReadResponse>((reply) => this.#client.read(request, reply));
    return { id: response.getId(), properties: fromStruct(response.getProperties()), inputs: fromStruct(response.getInputs()) };
  }

  async update(urn: string, id: string, sides: { olds: JsonObject; oldInputs: JsonObject; news: JsonObject }): Promise<JsonObject> {
    const request = new provider.UpdateRequest();
    request.setUrn(urn);
    request.setId(id);
    request.setOlds(toStruct(sides.olds));
    request.setOldInputs(toStruct(sides.oldInputs));
    request.setNews(toStruct(sides.news));
    const response = await ask<UpdateResponse>((reply) => this.#client.update(request, reply));
    return fromStruct(response.getProperties());
  }

  async remove(urn: string, id: string, inputs: JsonObject): Promise<void> {
    const request = new provider.DeleteRequest();
    request.setUrn(urn);
    request.setId(id);
    request.setOldInputs(toStruct(inputs));
    await ask((reply) => this.#client.delete(request, reply));
  }

  async invoke(token: string, args: JsonObject): Promise<JsonObject> {
    const request = new provider.InvokeRequest();
    request.setTok(token);
    request.setArgs(toStruct(args));
    const response = await ask<InvokeResponse>((reply) => this.#client.invoke(request, reply));
    return fromStruct(response.getReturn());
  }

  async cancel(): Promise<void> {
    const { Empty } = (await import("google-protobuf/google/protobuf/empty_pb.js")).default;
    await ask((reply) => this.#client.cancel(new Empty(), reply));
  }

  close(): void {
    this.#client.close();
  }
}

export interface Sandbox {
  readonly store: string;
  readonly connect: (pkg: string, config?: JsonObject) => Promise<Connection>;
  readonly close: () => Promise<void>;
}

/** A server on a store of its own, in this process. */
export async function startSandbox(cache?: string): Promise<Sandbox> {
  const store = mkdtempSync(join(tmpdir(), "trueup-sandbox-"));
  const server = await listen({ backing: openBacking({ store, sdk: modules, cache }) });
  const open: Connection[] = [];
  return {
    store,
    connect: async (pkg, config = {}) => {
      const connection = new Connection(server.port);
      open.push(connection);
      await connection.configure(pkg, config);
      return connection;
    },
    close: async () => {
      for (const connection of open) connection.close();
      await server.close();
      rmSync(store, { recursive: true, force: true });
    },
  };
}
