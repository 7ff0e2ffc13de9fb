import grpc from "@grpc/grpc-js";
import engineGrpc from "@pulumi/pulumi/proto/engine_grpc_pb.js";
import enginePb from "@pulumi/pulumi/proto/engine_pb.js";

/** Where a program's printed lines go. */
export interface Words {
  /** One line of stdout, without its newline. */
  say(line: string): void;
  /** One line of stderr. */
  complain(line: string): void;
  /** Resolves when everything said has arrived or been given up. */
  close(): Promise<void>;
}

/** An engine that started this host reads the host's own streams and shows them as "info" and "info#err". */
export function ownStreams(): Words {
  return {
    say: (line) => void process.stdout.write(`${line}\n`),
    complain: (line) => void process.stderr.write(`${line}\n`),
    close: async () => {
      await Promise.all([process.stdout, process.stderr].map((stream) => new Promise<void>((done) => void stream.write("", () => done()))));
    },
  };
}

/** Lines sent together in one message: a call per line would make a chatty program slow. */
const messageBytes = 32 * 1024;
const logDeadlineMs = 10_000;

/** The engine's own log, for a host that the engine did not start. Lines keep their order; those close together travel in one message. */
export function engineWords(engine: string | undefined): Words {
  if (engine === undefined) return { say: () => undefined, complain: () => undefined, close: async () => undefined };
  const client = new engineGrpc.EngineClient(engine, grpc.credentials.createInsecure());
  let waiting: string[] = [];
  let sending: Promise<void> | undefined;
  const send = async (): Promise<void> => {
    // Bounded by the output cap: only what was taken under it waits here.
    while (waiting.length > 0) {
      let size = 0;
      let count = 0;
      while (count < waiting.length && (count === 0 || size < messageBytes)) size += waiting[count++]?.length ?? 0;
      const message = waiting.slice(0, count).join("\n");
      waiting = waiting.slice(count);
      const request = new enginePb.LogRequest().setSeverity(enginePb.LogSeverity.INFO).setMessage(message);
      await new Promise<void>((done) => void client.log(request, new grpc.Metadata(), { deadline: Date.now() + logDeadlineMs }, () => done()));
    }
    sending = undefined;
  };
  const add = (line: string): void => {
    waiting.push(line);
    sending ??= new Promise<void>((resolve) => setTimeout(resolve, 5)).then(send);
  };
  return {
    say: add,
    complain: add,
    close: async () => {
      await sending;
      client.close();
    },
  };
}
