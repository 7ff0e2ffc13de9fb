import { Secret } from "./secret.ts";

/** Shorter secrets would blank out ordinary words; they are masked by path only. */
const shortestScrubbed = 4;

const named: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&apos;" };

/** The ways in which HTML and XML are written: quotes by name, by decimal and by hexadecimal number. */
function markupForms(text: string): string[] {
  const written = (quotes: Readonly<Record<string, string>>): string => text.replace(/[&<>"']/g, (character) => quotes[character] ?? named[character] ?? "");
  return [written({}), written({ "'": "&#39;" }), written({ "'": "&#x27;" }), written({ '"': "&#34;", "'": "&#39;" }), written({ '"': '"', "'": "'" })];
}

/** Go writes these three as numbers in every JSON string. */
function goJson(json: string): string {
  return json.replaceAll("&", "\\u0026").replaceAll("<", "\\u003c").replaceAll(">", "\\u003e");
}

function encodings(text: string): string[] {
  const bytes = Buffer.from(text, "utf8");
  const [base64, hex, url, json] = [bytes.toString("base64"), bytes.toString("hex"), encodeURIComponent(text), JSON.stringify(text).slice(1, -1)];
  const lowerUrl = url.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase());
  const forms = [
    text,
    url,
    lowerUrl,
    url.replaceAll("%20", "+"),
    lowerUrl.replaceAll("%20", "+"),
    json,
    goJson(json),
    ...markupForms(text),
    base64,
    base64.replace(/=+$/, ""),
    bytes.toString("base64url"),
    hex,
    hex.toUpperCase(),
  ];
  return [...new Set(forms)].filter((form) => form.length >= shortestScrubbed);
}

/**
 * Knows every live secret of one run and blanks it in any text: exact, base64, base64url, hex, URL-encoded, and escaped for JSON, HTML and XML.
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
