import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { runChild, thisMachine } from "../../../base/process/index.ts";
import { openStandin, type Standin } from "../standin.ts";

vi.setConfig({ testTimeout: 60_000 });

const machine = thisMachine();
const browser = ["chromium", "chromium-browser", "google-chrome"]
  .flatMap((name) => machine.path.split(delimiter).map((folder) => join(folder, name)))
  .find((path) => existsSync(path));

const probes = [
  '<script>document.title="taken"</script>',
  '<img src="x" onerror="document.title=1">',
  '"><svg onload="document.title=1">',
  "<iframe src=//evil.example></iframe>",
  "</style><b onclick=x>",
];
const hostile = `${probes.join("\n")}\n\n<details><summary>${probes[1]}</summary>\n\n| a | b |\n|---|---|\n| ${probes[0]} | ${probes[2]} |\n\n\`\`\`diff\n+ ${probes[0]}\n\`\`\`\n[x](javascript:alert(1)) \`${probes[0]}\``;

/** The page's tree as the browser built it, or the page itself where there is none. */
async function treeOf(url: string): Promise<string> {
  if (browser === undefined) return (await fetch(url)).text();
  const profile = mkdtempSync(join(machine.tmp, "trueup-page-"));
  try {
    const flags = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", `--user-data-dir=${profile}`];
    const { stdout } = await runChild([browser, ...flags, "--dump-dom", url], { cwd: profile, env: { PATH: machine.path, HOME: profile }, deadlineMs: 40_000 });
    return stdout;
  } finally {
    rmSync(profile, { recursive: true, force: true });
  }
}

/** What text by others became alive as; nothing, on a page that escapes. */
function alive(tree: string): readonly string[] {
  const marks = [...tree.matchAll(/<(script|img|svg|iframe|object|embed|form|link)\b|<[a-z][^>]*?\s(on\w+|srcdoc)=|href="(javascript:)/gi)];
  return [...new Set(marks.flatMap((mark) => mark.slice(1)).filter((mark) => mark !== undefined))];
}

describe("the page of pull requests", () => {
  let standin: Standin;
  beforeEach(async () => {
    standin = await openStandin("github");
  });
  afterEach(() => standin.close());

  test("shows what was said, reviewed, checked and merged", async () => {
    standin.push("ann", "feature");
    const number = standin.openPullRequest("ann", { head: "feature", title: "A <wider> net" });
    standin.react("bob", standin.comment("bob", number, "### Seen\n\n| a |\n|---|\n| `1` |"), "eyes");
    standin.approve("bob", number);
    standin.push("ann", "feature");
    const open = await (await fetch(`${standin.url}/acme/estate/pull/${number}`)).text();
    expect(open).toMatch(
      /A &lt;wider&gt; net[^]*<b>bob<\/b>[^]*<h3>Seen<\/h3>[^]*👀 bob[^]*<b>bob<\/b> approved these changes[^]*the branch was pushed[^]*It can be merged/,
    );
    standin.merge("cyd", number, "merge");
    expect(await (await fetch(`${standin.url}/acme/estate/pull/${number}`)).text()).toMatch(
      /class="state merged"[^]*<b>cyd<\/b> merged this into <code>main<\/code>/,
    );
    expect(await (await fetch(standin.url)).text()).toMatch(/href="\/acme\/estate\/pull\/1"><b>A &lt;wider&gt; net/);
    expect((await fetch(`${standin.url}/acme/estate/pull/99`)).status).toBe(404);
  });

  test(`hostile text is text in every place where it can stand (${browser === undefined ? "by its markup" : "in a browser"})`, async () => {
    standin.join("<img src=x onerror=1>", "write");
    standin.push("ann", "feature");
    const number = standin.openPullRequest("<img src=x onerror=1>", { head: "feature", title: probes.join(" ") });
    standin.comment("<img src=x onerror=1>", number, hostile);
    standin.react("bob", standin.comment("bob", number, hostile), "<script>");
    standin.approve("<img src=x onerror=1>", number);
    for (const path of ["/", `/acme/estate/pull/${number}`]) {
      const tree = await treeOf(standin.url + path);
      expect(tree).toContain("&lt;script&gt;");
      expect(alive(tree)).toEqual([]);
      expect(tree).not.toMatch(/<title>(?:taken|1)/);
    }
  });

  test("control: the same text on a page that does not escape comes alive and is seen", async () => {
    const careless = createServer((_request, response) => {
      response.writeHead(200, { "content-type": "text/html; charset=utf-8" });
      response.end(`<!doctype html><title>page</title><main>${hostile}</main>`);
    });
    await new Promise<void>((resolve) => void careless.listen(0, "127.0.0.1", resolve));
    const tree = await treeOf(`http://127.0.0.1:${(careless.address() as AddressInfo).port}/`);
    careless.closeAllConnections();
    careless.close();
    expect(alive(tree)).toEqual(expect.arrayContaining(["script", "img", "svg", "iframe", "onclick"]));
  });
});
