import grpc, { type sendUnaryData, type ServerUnaryCall } from "@grpc/grpc-js";

/** Says "not supported" in the way the engine understands; generating code and packing SDKs is not a runner's work. */
export const unimplemented = { code: grpc.status.UNIMPLEMENTED, message: "trueup's program host does not do this" } as const;

/** An rpc that answers at once or after a promise; what is thrown becomes the call's error. */
export function unary<Request, Response>(answer: (request: Request, call: ServerUnaryCall<Request, Response>) => Response | Promise<Response>) {
  return (call: ServerUnaryCall<Request, Response>, reply: sendUnaryData<Response>): void => {
    void Promise.resolve()
      .then(() => answer(call.request, call))
      .then(
        (response) => reply(null, response),
        (error: unknown) => reply({ code: grpc.status.UNKNOWN, message: error instanceof Error ? error.message : String(error) }),
      );
  };
}
