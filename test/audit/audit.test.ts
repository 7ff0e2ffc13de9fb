import { execFileSync } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { apply, deaths, entriesOf, fileOf, hold, keyless, makeWorld, rewrite, type Again, type Said, type World } from "./world.ts";

/** Comes with ssh, not with a package. */
const keygen: string = "ssh-keygen";
const opened: World[] = [];
const kept = (world: World): World => (opened.push(world), world);
let whole: World;
let head: string;

/** Fourteen entries: an apply that ends well, a lock and its end, one that fails, one that ends well again. */
beforeAll(async () => {
  whole = makeWorld();
  head = whole.git(["rev-parse", "env/dev"]);
  await whole.open(async (_, ledger) => {
    await apply(ledger, { id: "20261101-100000-aaaaaaaa", commit: head, result: "good", ago: [300, 290] });
    await hold(ledger, "the shop moves");
    await hold(ledger, undefined);
    await apply(ledger, { id: "20261102-100000-bbbbbbbb", commit: head, result: "failed", ago: [200, 190] });
    await apply(ledger, { id: "20261103-100000-cccccccc", commit: head, result: "good", ago: [100, 80] });
  });
});
afterEach(() => {
  for (const world of opened.splice(0)) world.remove();
});
afterAll(() => whole.remove());

interface Wanted {
  readonly exit: number;
  readonly code: string;
  readonly says: RegExp;
}

/** Three lines, this code, and the ledger in the remote as it was. */
function expectRefused(world: World, { exit, err, out }: Said, wanted: Wanted): void {
  expect({ exit, lines: err.trimEnd().split("\n").length, out }).toEqual({ exit: wanted.exit, lines: 3, out: "" });
  expect(err).toMatch(new RegExp(`^${wanted.code}: `));
  expect(err).toMatch(wanted.says);
  expect(entriesOf(world)).toEqual(entriesOf(whole));
}

interface Told {
  readonly data: { readonly entries: readonly Record<string, unknown>[] };
}

describe("trueup audit", () => {
  it("tells who merged, approved, overrode, changed, locked and failed, oldest first", async () => {
    const { exit, out, err } = await whole.trueup("audit", "dev");
    expect({ exit, err }).toEqual({ exit: 0, err: "" });
    const lines = out.split("\n").map((line) => line.trim());
    expect(lines.filter((line) => line.startsWith("#")).map((line) => line.replace(/ {2}.* {2}/, " … "))).toHaveLength(11);
    for (const words of [
      "merged    by Ann",
      "approved  by @bob: shop f1f2f3",
      "override  of destroy by @cy: the queue is empty",
      "changed   shop: +1 ~2 ±0 -0, good",
      "create urn:pulumi:dev.shop::acme::aws:sqs/queue:Queue::jobs",
      "and 2 resources more",
      "set       hold on shop (by @bob): the shop moves",
      "lifted    hold on shop (by @bob): the shop moves",
      "problem   ENGINE_FAILED: the queue was refused",
      "3 more, in which a run only says that it goes on: -o wide tells them",
    ])
      expect(lines).toContain(words);
  });

  it("answers the same from a second clone that has no files of its own, as JSON", async () => {
    const second = kept(whole.copy());
    rmSync(join(second.clone, ".trueup"), { recursive: true });
    const told = async (world: World): Promise<Told> => JSON.parse((await world.trueup("audit", "dev", "-o", "json")).out) as Told;
    const [here, there] = [await told(whole), await told(second)];
    expect(there).toEqual(here);
    const shas = entriesOf(whole);
    expect(here.data.entries.map((entry) => [entry["sequence"], entry["commit"]])).toEqual(shas.map((sha, index) => [index + 1, sha]));
    expect(here.data.entries[3]).toMatchObject({
      kind: "apply",
      result: "good",
      by: "Ann",
      mergedBy: "Ann",
      head,
      approvals: [{ by: "@bob", stack: "shop", fingerprint: "f1f2f3" }],
      changes: [{ stack: "shop", changes: { create: 1, update: 2 }, urnsLeftOut: 2 }],
      overrides: [{ guard: "destroy", by: "@cy", reason: "the queue is empty" }],
      lease: "given back",
      signature: { state: "none" },
    });
    expect(here.data.entries[2]).toMatchObject({ kind: "renewal" });
  });

  it("tells a span of time only", async () => {
    const count = async (...span: string[]): Promise<number> =>
      (JSON.parse((await whole.trueup("audit", "dev", ...span, "-o", "json")).out) as Told).data.entries.length;
    expect([await count("--since", "1h"), await count("--until", "2020-01-01"), await count("--since", "2020-01-01")]).toEqual([14, 0, 14]);
    expect((await whole.trueup("audit", "dev", "--until", "2020-01-01")).out).toBe("the ledger of dev has nothing to tell of that time\n");
  });

  it.each<[string, readonly string[], Wanted]>([
    ["no environment", ["audit"], { exit: 2, code: "USAGE", says: /Name one/ }],
    ["an unknown environment", ["audit", "prod"], { exit: 6, code: "ENVIRONMENT_UNKNOWN", says: /Known: dev/ }],
    ["an unknown environment to verify", ["audit", "prod", "--verify"], { exit: 6, code: "ENVIRONMENT_UNKNOWN", says: /Known: dev/ }],
    ["a time that is none", ["audit", "dev", "--since", "yesterday"], { exit: 2, code: "USAGE", says: /--since wants a time, not "yesterday"/ }],
    ["a day that is none", ["audit", "dev", "--until", "2026-02-30"], { exit: 2, code: "USAGE", says: /--until wants a time/ }],
    ["a span without time", ["audit", "dev", "--since", "1h", "--until", "2h"], { exit: 2, code: "USAGE", says: /--since is not before --until/ }],
    ["--against alone", ["audit", "dev", "--against", "0".repeat(40)], { exit: 2, code: "USAGE", says: /Add --verify/ }],
    ["a short commit", ["audit", "dev", "--verify", "--against", "abc1234"], { exit: 2, code: "USAGE", says: /full commit id, not "abc1234"/ }],
    ["a span to verify", ["audit", "dev", "--verify", "--since", "1d"], { exit: 2, code: "USAGE", says: /Leave --since out/ }],
    ["a file of keys that is not there", ["audit", "dev", "--signers", "/nowhere/keys"], { exit: 2, code: "USAGE", says: /cannot be read/ }],
    ["a file of keys without any", ["audit", "dev", "--signers", "/dev/null"], { exit: 2, code: "USAGE", says: /holds none/ }],
    ["an unknown flag", ["audit", "dev", "--verfy"], { exit: 2, code: "USAGE", says: /--verify/ }],
    ["stats of no environment", ["stats"], { exit: 2, code: "USAGE", says: /Name one or more/ }],
    ["stats of an unknown environment", ["stats", "dev", "prod"], { exit: 6, code: "ENVIRONMENT_UNKNOWN", says: /Known: dev/ }],
    ["stats of a time that is none", ["stats", "dev", "--since", "0"], { exit: 2, code: "USAGE", says: /--since wants a time/ }],
    ["stats up to a time that is none", ["stats", "dev", "--until", "2026-11-20T08:00"], { exit: 2, code: "USAGE", says: /--until wants a time/ }],
  ])("refuses %s in three lines", async (_, args, wanted) => {
    const said = await whole.trueup(...args);
    expect(said.exit).toBe(wanted.exit);
    expectRefused(whole, said, wanted);
  });
});

describe("trueup stats", () => {
  it("counts what the ledger has, and prints what each number means", async () => {
    const { exit, out } = await whole.trueup("stats", "dev", "--since", "1d");
    expect(exit).toBe(0);
    expect(out).toMatch(/deployment frequency {2}2\.0 a day \(2\)/);
    expect(out).toMatch(/failure rate {10}33\.3 % \(1 of 3 applies\)/);
    expect(out).toMatch(/time to restore {7}median 2h00m, p90 2h00m \(1 time\)/);
    expect(out).toMatch(/lead time .* to the end of the first good apply that brought it/);
    const { data } = JSON.parse((await whole.trueup("stats", "dev", "-o", "json")).out) as { data: { environments: unknown[]; definitions: object } };
    expect(data.environments).toMatchObject([{ environment: "dev", leadTime: { count: 1, unknown: 0 }, failures: { attempts: 3, failed: 1 } }]);
    expect(Object.keys(data.definitions)).toEqual(["deployments", "leadTime", "failures", "restore"]);
  });
});

/** What --verify finds: kinds, and its first of three lines. */
async function verify(world: World, ...more: string[]): Promise<{ readonly exit: number; readonly kinds: readonly string[]; readonly err: string }> {
  const { exit, out, err } = await world.trueup("audit", "dev", "--verify", ...more, "-o", "json");
  const { findings } = (JSON.parse(out) as { data: { findings: { kind: string; sequence: number | null }[] } }).data;
  return { exit, kinds: findings.map(({ kind, sequence }) => `${kind} ${sequence}`), err };
}

const flip = (path: string, from: string, to: string) => (world: World, of: string) => ({ [path]: fileOf(world, of, path).replace(from, to) });
const as = (of: string): Again => ({ of });

describe("trueup audit --verify", () => {
  it("finds nothing in a ledger that nobody touched, and says what to keep elsewhere", async () => {
    const { exit, out, err } = await whole.trueup("audit", "dev", "--verify");
    expect({ exit, err }).toEqual({ exit: 0, err: "" });
    const newest = entriesOf(whole).at(-1) ?? "";
    expect(out).toContain("the trail of dev is whole: 14 entries");
    expect(out).toContain(`trueup audit dev --verify --against ${newest}`);
    expect(await verify(whole, "--against", entriesOf(whole)[5] ?? "")).toMatchObject({ exit: 0, kinds: [] });
  });

  it("finds nothing in what dead runs, and those who went on after them, leave; and the audit tells who ended them", async () => {
    const world = kept(whole.copy());
    await world.open((estate) => deaths(estate, head));
    expect(await verify(world)).toMatchObject({ exit: 0, kinds: [] });
    const { out } = await world.trueup("audit", "dev");
    expect(out).toMatch(/#17 .* taken over .*run 20261105-100000-eeeeeeee/);
    expect(out).toContain("took over from run 20261104-100000-dddddddd (its host says so)");
    expect(out).toMatch(/#19 .* {2}lease cancelled {2}run 20261105-100000-eeeeeeee {2}bob {2}/);
    expect((await world.trueup("stats", "dev")).out).toMatch(/50\.0 % \(2 of 4 applies\); besides: 1 cancelled/);
  });

  /** Each spoils a copy; `fresh`: found by a clone that never saw the ledger before, from the ledger alone. */
  const attacks: readonly {
    readonly name: string;
    readonly spoil: (world: World, shas: readonly string[]) => void;
    readonly fresh: string;
    readonly known: string;
  }[] = [
    {
      name: "a result that is flipped in the middle",
      spoil: (world, shas) => {
        const files = flip("runs/20261102-100000-bbbbbbbb.json", '"result": "failed"', '"result": "good"')(world, shas[9]!);
        rewrite(world, shas[8], [{ of: shas[9]!, files }, ...shas.slice(10).map(as)]);
      },
      fresh: "changed 10",
      known: "rolled back 10",
    },
    {
      name: "an old run's record that is changed by an entry on top",
      spoil: (world, shas) => {
        const path = "runs/20261101-100000-aaaaaaaa.json";
        const environment = fileOf(world, shas[13]!, "environment.json").replace('"sequence": 14', '"sequence": 15');
        const files = { [path]: fileOf(world, shas[13]!, path).replace('"Ann"', '"Eve"'), "environment.json": environment };
        const message = (text: string): string => text.replace("Trueup-Sequence: 14", "Trueup-Sequence: 15").replace(/Trueup-Entry: .*/, "Trueup-Entry: 0123");
        rewrite(world, shas[13], [{ of: shas[13]!, files, message }]);
      },
      fresh: "changed 15",
      known: "changed 15",
    },
    {
      name: "an entry that is taken out",
      spoil: (world, shas) => rewrite(world, shas[3], [...shas.slice(0, 4), ...shas.slice(5)].slice(4).map(as)),
      fresh: "removed 5",
      known: "rolled back 5",
    },
    {
      name: "two entries that change places",
      spoil: (world, shas) => rewrite(world, shas[3], [shas[5]!, shas[4]!, ...shas.slice(6)].map(as)),
      fresh: "reordered 5",
      known: "rolled back 5",
    },
    {
      name: "the first entries that are cut off",
      spoil: (world, shas) => rewrite(world, undefined, shas.slice(4).map(as)),
      fresh: "removed 1",
      known: "rolled back 1",
    },
    {
      name: "an entry that somebody wrote by hand",
      spoil: (world, shas) => rewrite(world, shas[13], [{ of: shas[13]!, files: { "note.txt": "all is well" }, message: () => "all is well" }]),
      fresh: "foreign 14",
      known: "foreign 14",
    },
    {
      name: "a record of a run that is taken away",
      spoil: (world, shas) => {
        const files = { "runs/20261102-100000-bbbbbbbb.json": null };
        rewrite(
          world,
          shas[9],
          shas.slice(10).map((of) => ({ of, files })),
        );
      },
      fresh: "removed 11",
      known: "rolled back 11",
    },
  ];

  it.each(attacks)("finds $name", async ({ spoil, fresh, known }) => {
    const world = kept(whole.copy());
    spoil(world, entriesOf(world));
    const seen = await verify(world);
    expect(seen.exit).toBe(13);
    expect(seen.kinds).toContain(known);
    expect(seen.err.trimEnd().split("\n")).toHaveLength(3);
    expect(seen.err).toMatch(/^LEDGER_BROKEN: the trail of dev is broken, /);
    rmSync(join(world.clone, ".trueup"), { recursive: true });
    const stranger = await verify(world);
    expect(stranger.exit).toBe(13);
    expect(stranger.kinds).toContain(fresh);
  });

  it("finds a ledger that is rolled back only by what was seen, or kept elsewhere", async () => {
    const world = kept(whole.copy());
    const shas = entriesOf(world);
    world.git(["update-ref", "refs/heads/trueup/dev", shas[9]!]);
    const { exit, out, err } = await world.trueup("audit", "dev", "--verify");
    expect([exit, out]).toEqual([
      13,
      expect.stringContaining(`it ends before ${shas[13]!.slice(0, 7)}, which this machine saw: the last 4 entries of then are gone`),
    ]);
    expect(err).toContain(`git push --force origin ${shas[13]!}:refs/heads/trueup/dev`);
    rmSync(join(world.clone, ".trueup"), { recursive: true });
    // The control: who has nothing to hold it against sees a ledger that is shorter and whole.
    expect(await verify(world)).toMatchObject({ exit: 0, kinds: [] });
    expect(await verify(world, "--against", shas[13]!)).toMatchObject({ exit: 13, kinds: ["rolled back null"] });
    world.git(["update-ref", "-d", "refs/heads/trueup/dev"]);
    expect(await verify(world)).toMatchObject({ exit: 13, kinds: ["rolled back null"] });
  });

  it("a look that found something wrong forgets nothing of what was right", async () => {
    const world = kept(whole.copy());
    const before = readFileSync(join(world.clone, ".trueup/ledger/dev.seen.json"), "utf8");
    rewrite(world, entriesOf(world)[5], []);
    expect((await verify(world)).exit).toBe(13);
    expect(readFileSync(join(world.clone, ".trueup/ledger/dev.seen.json"), "utf8")).toBe(before);
    expect((await verify(world)).kinds).toEqual(["rolled back 7"]);
    // Whoever only tells refuses, as every command does that reads a ledger.
    expect(await world.trueup("audit", "dev")).toMatchObject({ exit: 13, err: expect.stringMatching(/^LEDGER_REWRITTEN: /) as string });
  });
});

describe("signed entries", () => {
  const config = (...keys: readonly string[]): string => `export default { ledger: { signers: ${JSON.stringify(keys)} } };\n`;
  function key(world: World, name: string): { readonly path: string; readonly shown: string } {
    const path = join(world.folder, name);
    execFileSync(keygen, ["-q", "-t", "ed25519", "-N", "", "-C", `${name}@acme.example`, "-f", path]);
    return { path, shown: readFileSync(`${path}.pub`, "utf8").trim() };
  }

  it("are known by whose key it is; unsigned ones, unknown keys and changed ones are found", async () => {
    const keys = kept(makeWorld());
    const [ours, theirs] = [key(keys, "runner"), key(keys, "stranger")];
    const world = kept(makeWorld(config(ours.shown)));
    const commit = world.git(["rev-parse", "env/dev"]);
    const once = (id: string, signing: string | undefined): Promise<void> =>
      world.open((_, ledger) => apply(ledger, { id, commit, result: "good", ago: [2, 1] }), signing === undefined ? {} : { TRUEUP_SIGNING_KEY: signing });
    await once("20261101-100000-aaaaaaaa", undefined);
    expect((await verify(world)).kinds).toEqual(["unsigned 4"]);
    await once("20261102-100000-bbbbbbbb", ours.path);
    // From the first signed entry on; those before it are held by its chain of hashes.
    expect(await verify(world)).toMatchObject({ exit: 0, kinds: [] });
    expect((await world.trueup("audit", "dev")).out).toContain("signed by runner@acme.example");
    const spoilt = kept(world.copy());
    const strange = { id: "20261103-100000-cccccccc", commit, result: "good", ago: [2, 1] } as const;
    await world.open((estate) => apply(keyless(estate), strange), { TRUEUP_SIGNING_KEY: theirs.path });
    expect((await verify(world)).kinds).toEqual(["unsigned 9", "unsigned 10", "unsigned 11", "unsigned 12"]);
    const both = join(world.folder, "both");
    writeFileSync(both, `# who may sign\n${ours.shown}\n\n${theirs.shown}\n`);
    expect(await verify(world, "--signers", both)).toMatchObject({ exit: 0, kinds: [] });

    const shas = entriesOf(spoilt);
    const raw = spoilt.git(["cat-file", "commit", shas[7]!]).replace("applied", "denied").replace("good to shop", "fine to shop");
    spoilt.git(["update-ref", "refs/heads/trueup/dev", spoilt.git(["hash-object", "-w", "-t", "commit", "--stdin"], { input: `${raw}\n` })]);
    rmSync(join(spoilt.clone, ".trueup"), { recursive: true });
    expect((await verify(spoilt)).kinds).toContain("changed 8");
    rewrite(spoilt, shas[6], [{ of: shas[7]! }]);
    rmSync(join(spoilt.clone, ".trueup"), { recursive: true });
    expect((await verify(spoilt)).kinds).toEqual(["unsigned 8"]);
  });

  it("are asked for by every command, from the first one on: what somebody else wrote is refused, and nothing unsigned is added", async () => {
    const [ours, theirs] = [key(whole, "runner"), key(whole, "stranger")];
    const world = kept(makeWorld(config(ours.shown)));
    const commit = world.git(["rev-parse", "env/dev"]);
    const signed = { TRUEUP_SIGNING_KEY: ours.path };
    const holding = (reason: string, variables: Readonly<Record<string, string>>): Promise<void> => world.open((_, ledger) => hold(ledger, reason), variables);
    // Nobody has signed yet: whoever begins to is not kept from it by what was there before.
    await holding("before", {});
    await world.open((_, ledger) => apply(ledger, { id: "20261102-100000-bbbbbbbb", commit, result: "good", ago: [2, 1] }), signed);
    const good = entriesOf(world);
    const todo = "Set TRUEUP_SIGNING_KEY to a key that ledger.signers of trueup.config.ts names.";
    await expect(holding("no key", {})).rejects.toMatchObject({ code: "CONFIG_INVALID", todo: expect.stringContaining(todo) as string });
    await expect(holding("no key of ours", { TRUEUP_SIGNING_KEY: theirs.path })).rejects.toMatchObject({ code: "CONFIG_INVALID" });
    expect(entriesOf(world)).toEqual(good);

    // As somebody who may push can: a well-formed entry that lifts what is held.
    await world.open((estate) => hold(keyless(estate), undefined));
    for (const isFresh of [false, true]) {
      if (isFresh) rmSync(join(world.clone, ".trueup"), { recursive: true });
      for (const command of [
        ["status", "dev"],
        ["apply", "dev"],
        ["resume", "dev", "--reason", "x"],
      ]) {
        const said = await world.trueup(...command);
        expect([command, said.exit, said.err]).toEqual([command, 13, expect.stringMatching(/LEDGER_BROKEN: an entry of the ledger of dev is not signed: /)]);
        expect(said.err).toContain(`git push --force origin ${good.at(-1)}:refs/heads/trueup/dev`);
      }
    }
    expect(entriesOf(world)).toHaveLength(good.length + 1);
    world.git(["update-ref", "refs/heads/trueup/dev", good.at(-1)!]);
    await holding("it is whole again", signed);
    expect((await world.trueup("status", "dev")).exit).toBe(0);
  });

  it("a key that cannot sign, or a signer that is no key, is refused before anything is recorded", async () => {
    const world = kept(whole.copy());
    const attempt = (path: string): Promise<void> => world.open((_, ledger) => hold(ledger, "no"), { TRUEUP_SIGNING_KEY: path });
    await expect(attempt("/nowhere/key")).rejects.toMatchObject({ code: "CONFIG_INVALID", what: "what is to be recorded cannot be signed" });
    await expect(attempt("key")).rejects.toMatchObject({ code: "CONFIG_INVALID", what: "TRUEUP_SIGNING_KEY is no absolute path" });
    expect(entriesOf(world)).toEqual(entriesOf(whole));
    const file = join(world.folder, "keys");
    writeFileSync(file, "-----BEGIN OPENSSH PRIVATE KEY-----\nsecretsecret\n");
    const said = await world.trueup("audit", "dev", "--signers", file);
    expectRefused(world, said, { exit: 2, code: "USAGE", says: /line 1 of the file of keys that may sign: this is no public ssh key/ });
    expect(said.err).not.toContain("secretsecret");
    const wrong = kept(makeWorld(config("ssh-ed25519 nokey")));
    expect(await wrong.trueup("audit", "dev", "--verify")).toMatchObject({
      exit: 2,
      err: expect.stringMatching(/^CONFIG_INVALID: .*no public ssh key/s) as string,
    });
  });
});
