import { Secret } from "./secret.ts";

/** Where the part between scheme and address ends cannot be told: then nothing of it is shown. */
const unclear = "…";

function schemeOf(address: string): string {
  return /^[A-Za-z][A-Za-z0-9+.-]*:\/\//.exec(address)?.[0] ?? "";
}

/**
 * A URL as it may be shown: without user, password, query and fragment. A password may hold any character: where the text is no URL, or an "@"
 * stands behind what parses as the host, the host cannot be told from the password, and only the scheme is left.
 */
export function publicAddress(address: string): string {
  const scheme = schemeOf(address);
  if (!URL.canParse(address)) return address.includes("@") ? `${scheme}${unclear}` : address.replace(/[?#].*$/s, "");
  const url = new URL(address);
  const behind = url.protocol === "file:" ? "" : `${url.pathname}${url.search}${url.hash}`;
  return behind.includes("@") ? `${scheme}${unclear}` : `${url.protocol}//${url.host}${url.pathname}`;
}

const shortestPart = 3;

/** What of a URL may be a credential, as it is written and decoded: for blanking the words of those who were given it. */
export function credentialsIn(address: string): Secret[] {
  const rest = address.slice(schemeOf(address).length);
  const user = rest.slice(0, Math.max(0, rest.lastIndexOf("@")));
  const parts = [user, ...user.split(/[:/?#@\s]/)].filter((part) => part.length >= shortestPart);
  const decoded = parts.flatMap((part) => {
    try {
      return [part, decodeURIComponent(part)];
    } catch {
      return [part];
    }
  });
  return [...new Set(decoded)].map((part) => new Secret(part));
}
