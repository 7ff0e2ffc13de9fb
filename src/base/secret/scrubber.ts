import { Secret } from "./secret.ts";

/** Shorter secrets would blank out ordinary words; they are masked by path only. */
const shortestScrubbed = 4;

function encodings(text: string): string[] {
  const base64 = Buffer.from(text, "utf8").toString("base64");
  const forms = [
    text,
    encodeURIComponent(text),
    JSON.stringify(text).slice(1, -1),
    base64,
    base64.replace(/=+$/, ""),
    Buffer.from(text, "utf8").toString("base64url"),
    Buffer.from(text, "utf8").toString("hex"),
  ];
  return [...new Set(forms)].filter((form) => form.length >= shortestScrubbed);
}

/**
 * Knows every live secret of one run and blanks it in any text: exact, base64, base64url, hex, URL-encoded and JSON-escaped.
 * Multi-line secrets are also known line by line.
 */
export class Scrubber {
  #forms = new Set<string>();
  #sorted: readonly string[] | undefined;

  add(secret: Secret | string): void {
    const text = secret instanceof Secret ? secret.reveal() : secret;
    const lines = text.includes("\n")
      ? text
          .split("\n")
          .map((line) => line.trim())
          .filter((line) => line.length >= 12)
      : [];
    for (const part of [text, ...lines]) {
      if (part.length < shortestScrubbed) continue;
      for (const form of encodings(part)) this.#forms.add(form);
    }
    this.#sorted = undefined;
  }

  scrub(text: string): string {
    this.#sorted ??= [...this.#forms].sort((a, b) => b.length - a.length);
    let clean = text;
    for (const form of this.#sorted) clean = clean.replaceAll(form, "[secret]");
    return clean;
  }
}
