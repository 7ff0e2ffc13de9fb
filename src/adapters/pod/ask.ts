import { request } from "node:https";

export interface ApiServer {
  readonly host: string;
  readonly port: string;
  /** PEM: who may speak for it. */
  readonly ca: string;
  readonly token: string;
}

const deadlineMs = 5_000;
const answerCap = 4 * 1024 * 1024;

/** One GET at the API server; undefined when there is no whole answer in time. Follows no redirect and trusts nobody but the cluster's own authority. */
export function askApiServer({ host, port, ca, token }: ApiServer, path: string): Promise<{ readonly status: number; readonly body: unknown } | undefined> {
  return new Promise((resolve) => {
    const headers = { authorization: `Bearer ${token.trim()}`, accept: "application/json" };
    const asked = request(
      { host, port, path, ca, headers, method: "GET", agent: false, rejectUnauthorized: true, signal: AbortSignal.timeout(deadlineMs) },
      (answer) => {
        const chunks: Buffer[] = [];
        let size = 0;
        answer.on("data", (chunk: Buffer) => {
          size += chunk.length;
          if (size > answerCap) asked.destroy();
          else chunks.push(chunk);
        });
        answer.on("error", () => resolve(undefined));
        answer.on("close", () => resolve(undefined));
        answer.on("end", () => resolve(parsed(answer.statusCode ?? 0, Buffer.concat(chunks))));
      },
    );
    asked.on("error", () => resolve(undefined));
    asked.end();
  });
}

function parsed(status: number, text: Buffer): { readonly status: number; readonly body: unknown } | undefined {
  try {
    return { status, body: JSON.parse(text.toString("utf8")) };
  } catch {
    return undefined;
  }
}
