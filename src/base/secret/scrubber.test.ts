import { assert, array, constantFrom, property } from "fast-check";
import { describe, expect, it } from "vitest";
import { Scrubber } from "./scrubber.ts";

const secret = `p&ss <wörd> "it's" + 100%`;

/** Each written here by hand, not by the code that is tested. */
const forms: readonly (readonly [string, string])[] = [
  ["as it is", secret],
  ["URL-encoded", "p%26ss%20%3Cw%C3%B6rd%3E%20%22it's%22%20%2B%20100%25"],
  ["URL-encoded in small letters", "p%26ss%20%3cw%c3%b6rd%3e%20%22it's%22%20%2b%20100%25"],
  ["as a form sends it", "p%26ss+%3Cw%C3%B6rd%3E+%22it's%22+%2B+100%25"],
  ["in JSON", 'p&ss <wörd> \\"it\'s\\" + 100%'],
  ["in JSON as Go writes it", 'p\\u0026ss \\u003cwörd\\u003e \\"it\'s\\" + 100%'],
  ["in HTML", "p&amp;ss &lt;wörd&gt; &quot;it&#39;s&quot; + 100%"],
  ["in HTML text, quotes left", `p&amp;ss &lt;wörd&gt; "it's" + 100%`],
  ["in HTML as Go writes it", "p&amp;ss &lt;wörd&gt; &#34;it&#39;s&#34; + 100%"],
  ["in XML", "p&amp;ss &lt;wörd&gt; &quot;it&apos;s&quot; + 100%"],
  ["in base64", Buffer.from(secret).toString("base64")],
  ["in hexadecimal capitals", Buffer.from(secret).toString("hex").toUpperCase()],
];

describe("a secret in a text", () => {
  it.each(forms)("is blanked %s", (_name, form) => {
    const scrubber = new Scrubber();
    expect(scrubber.scrub(`before ${form} after`)).toContain(form);
    scrubber.add(secret);
    expect(scrubber.scrub(`before ${form} after`)).toBe("before [secret] after");
  });

  it("is blanked wherever it stands, whatever else the text holds", () => {
    const scrubber = new Scrubber();
    scrubber.add(secret);
    const words = constantFrom("ok", "&amp;", '"', ...forms.map(([, form]) => form));
    assert(
      property(array(words, { maxLength: 12 }), (parts) => forms.every(([, form]) => !scrubber.scrub(parts.join(" ")).includes(form))),
      { seed: 7 },
    );
  });

  it("of several lines is blanked line by line; one of three letters is left to the masking by path", () => {
    const scrubber = new Scrubber();
    scrubber.add("-----BEGIN KEY-----\nMIIEvQIBADANBgkq\n-----END KEY-----");
    scrubber.add("abc");
    expect(scrubber.scrub("error near MIIEvQIBADANBgkq: abc")).toBe("error near [secret]: abc");
  });
});
