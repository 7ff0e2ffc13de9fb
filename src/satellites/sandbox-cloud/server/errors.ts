import grpc from "@grpc/grpc-js";
import type { ServiceError } from "@grpc/grpc-js";
import any from "google-protobuf/google/protobuf/any_pb.js";
import provider from "@pulumi/pulumi/proto/provider_pb.js";
import status from "@pulumi/pulumi/proto/status_pb.js";
import { Problem } from "../../../base/problem/index.ts";
import { CloudError } from "../operations/call.ts";
import { toStruct } from "../wire/struct.ts";

function partialDetails(error: CloudError): grpc.Metadata {
  const metadata = new grpc.Metadata();
  if (error.partial === undefined) return metadata;
  const failed = new provider.ErrorResourceInitFailed();
  failed.setId(error.partial.id);
  failed.setProperties(toStruct(error.partial.properties));
  failed.setInputs(toStruct(error.partial.inputs));
  failed.setReasonsList([error.message]);
  const packed = new any.Any();
  packed.pack(failed.serializeBinary(), "pulumirpc.ErrorResourceInitFailed");
  const details = new status.Status();
  details.setCode(error.status);
  details.setMessage(error.message);
  details.addDetails(packed);
  metadata.set("grpc-status-details-bin", Buffer.from(details.serializeBinary()));
  return metadata;
}

/** Any failure in the form gRPC sends; an object that is there though the call failed is told with its id. */
export function wireError(thrown: unknown): Pick<ServiceError, "code" | "details" | "metadata" | "message" | "name"> {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  const message = error instanceof Problem ? error.lines.join(" ") : error.message;
  if (error instanceof CloudError) return { name: error.name, message, details: message, code: error.status, metadata: partialDetails(error) };
  return { name: error.name, message, details: message, code: grpc.status.INTERNAL, metadata: new grpc.Metadata() };
}
