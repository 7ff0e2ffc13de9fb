import { createHash } from "node:crypto";
import type { Answer } from "../server.ts";
import { Html, markup } from "./html.ts";
import { style } from "./style.ts";

/** What every page has: no script may run in it, whatever slips through, and nothing is loaded from elsewhere. */
const policy = `default-src 'none'; style-src 'sha256-${createHash("sha256").update(style).digest("base64")}'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'`;

export interface Page {
  readonly title: string;
  readonly repository: string;
  readonly host: string;
  readonly body: Html;
  readonly status?: number;
}

export function framed({ title, repository, host, body, status = 200 }: Page): Answer {
  const sheet = new Html(style);
  const whole = markup`<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${title} · ${repository}</title><style>${sheet}</style></head><body><header><b><a href="/">${repository}</a></b><span>a stand-in for ${host}: everything here is played on this machine</span></header><main>${body}</main></body></html>`;
  return {
    status,
    bytes: Buffer.from(whole.text),
    headers: {
      "content-type": "text/html; charset=utf-8",
      "content-security-policy": policy,
      "x-content-type-options": "nosniff",
      "cache-control": "no-store",
    },
  };
}
