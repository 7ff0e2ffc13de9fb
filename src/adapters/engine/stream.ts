import type { ServerReadableStream, sendUnaryData } from "@grpc/grpc-js";
import { createRequire } from "node:module";
import type { EventRequest } from "@pulumi/pulumi/proto/events_pb.js";
import type { Empty as EmptyMessage } from "google-protobuf/google/protobuf/empty_pb.js";

// The SDK's stubs and google-protobuf are CommonJS without named exports that Node can see.
const require = createRequire(import.meta.url);

/** One event holds two whole states of one resource; more than this is no resource. */
const messageCap = 64 * 1024 * 1024;

export interface EventStream {
  /** For `--event-log`. */
  readonly address: string;
  /** How many streams the engine opened. */
  readonly opened: () => number;
  /** Resolves when every opened stream has ended, or after `withinMs`. */
  readonly drained: (withinMs: number) => Promise<void>;
  readonly close: () => void;
}

/**
 * Listens for the events of one engine run. A server per run (14 ms, no process): what arrives belongs to that run, and secrets in raw
 * events never touch a disk as they would with `--event-log FILE`.
 */
export async function listenForEvents(take: (json: string) => void): Promise<EventStream> {
  // Loaded here: commands that run no engine need not wait for it.
  const { Server, ServerCredentials } = await import("@grpc/grpc-js");
  const { EventsService } = require("@pulumi/pulumi/proto/events_grpc_pb.js") as typeof import("@pulumi/pulumi/proto/events_grpc_pb.js");
  const { Empty } = require("google-protobuf/google/protobuf/empty_pb.js") as typeof import("google-protobuf/google/protobuf/empty_pb.js");
  const server = new Server({ "grpc.max_receive_message_length": messageCap });
  let opened = 0;
  let open = 0;
  let wake: (() => void) | undefined;
  const ended = (): void => {
    open--;
    if (open === 0) wake?.();
  };
  server.addService(EventsService, {
    streamEvents(call: ServerReadableStream<EventRequest, EmptyMessage>, answer: sendUnaryData<EmptyMessage>): void {
      opened++;
      open++;
      let counted = true;
      const end = (): void => {
        if (counted) ended();
        counted = false;
      };
      call.on("data", (message: EventRequest) => take(message.getEvent()));
      call.on("end", () => {
        answer(null, new Empty());
        end();
      });
      call.on("error", end);
      call.on("cancelled", end);
    },
  });
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) => (error === null ? resolve(bound) : reject(error)));
  });
  return {
    address: `tcp://127.0.0.1:${port}`,
    opened: () => opened,
    async drained(withinMs) {
      if (open === 0) return;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, withinMs);
        wake = (): void => {
          clearTimeout(timer);
          resolve();
        };
      });
    },
    close: () => server.forceShutdown(),
  };
}
