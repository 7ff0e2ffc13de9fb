import { request, type RequestOptions } from "node:http";
import { request as requestTls, type RequestOptions as TlsOptions } from "node:https";

/** How long one question may take. */
export const attemptMs = 5_000;
const answerCap = 4 * 1024 * 1024;

export interface Told {
  readonly status: number;
  readonly body: string;
}

/** One GET: status and text, or the error that kept the server from answering. Follows no redirect; of more than 4 MiB nothing is read, of `status` no text. */
export function ask(secure: boolean, options: RequestOptions & TlsOptions, wanted: "status" | "all" = "all"): Promise<Told | Error> {
  const begin = secure ? requestTls : request;
  return new Promise((resolve) => {
    const outgoing = begin({ ...options, timeout: attemptMs, agent: false }, (answer) => {
      if (wanted === "status") {
        answer.resume();
        resolve({ status: answer.statusCode ?? 0, body: "" });
        return;
      }
      const chunks: Buffer[] = [];
      let size = 0;
      answer.on("data", (chunk: Buffer) => {
        size += chunk.length;
        if (size > answerCap) outgoing.destroy(new Error("an answer of more than 4 MiB"));
        else chunks.push(chunk);
      });
      answer.on("error", resolve);
      answer.on("end", () => resolve({ status: answer.statusCode ?? 0, body: Buffer.concat(chunks).toString("utf8") }));
    });
    // The timeout of a socket is about silence; a server that drips is not waited for either.
    const limit = setTimeout(() => outgoing.destroy(new Error(`no answer within ${(2 * attemptMs) / 1000} s`)), 2 * attemptMs);
    outgoing.on("timeout", () => outgoing.destroy(new Error(`no answer within ${attemptMs / 1000} s`)));
    outgoing.on("error", resolve);
    outgoing.on("close", () => {
      clearTimeout(limit);
      resolve(new Error("the connection was closed before the answer was whole"));
    });
    outgoing.end();
  });
}

/** Undefined for what is no JSON. */
export function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
