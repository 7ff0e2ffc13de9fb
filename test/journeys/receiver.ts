import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface Came {
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

/** Somebody who is told things, on this machine; answers as it is told to, 200 at first. */
export class Receiver {
  readonly came: Came[] = [];
  answer: (response: ServerResponse, path: string) => void = Receiver.says(200);
  readonly #server = createServer((request, response) => void this.#take(request, response));

  static says(status: number, headers: Readonly<Record<string, string>> = {}): (response: ServerResponse) => void {
    return (response) => void response.writeHead(status, headers).end();
  }

  async open(): Promise<this> {
    await new Promise<void>((resolve) => void this.#server.listen(0, "127.0.0.1", resolve));
    return this;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** What came since the last time it was asked for. */
  take(): readonly Came[] {
    return this.came.splice(0);
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => void this.#server.close(() => resolve()));
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const path = request.url ?? "/";
    this.came.push({ path, headers: request.headers, body: Buffer.concat(parts).toString("utf8") });
    this.answer(response, path);
  }
}
