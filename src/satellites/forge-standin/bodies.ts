import type { IncomingMessage } from "node:http";
import { gunzipSync } from "node:zlib";

/** What clients send, as bytes and as fields. */

export async function bytesOf(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  const whole = Buffer.concat(parts);
  return request.headers["content-encoding"] === "gzip" ? gunzipSync(whole) : whole;
}

export function fieldsOf(text: string, type: string): Record<string, unknown> {
  if (text === "") return {};
  if (type.includes("application/x-www-form-urlencoded")) return Object.fromEntries(new URLSearchParams(text));
  if (type.includes("multipart/form-data")) return multipart(text);
  const value: unknown = JSON.parse(text);
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}

function multipart(text: string): Record<string, unknown> {
  const fields = text.matchAll(/name="([^"]+)"[^\r\n]*\r\n(?:[^\r\n]+\r\n)*\r\n([\s\S]*?)\r\n--/g);
  return Object.fromEntries([...fields].map(([, name = "", value = ""]) => [name, value]));
}
