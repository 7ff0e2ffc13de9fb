import { expect, test } from "vitest";
import { Problem } from "../../base/problem/index.ts";
import type { Comment } from "./forge.ts";
import { NewestWins, saveOnce, type Conversation } from "./sticky.ts";

const marker = "<!-- trueup:preview dev -->";
const problem = (code: Problem["code"]): Problem => new Problem(code, { what: "w", on: "o", todo: "t" });

/** A conversation in memory that gives way at every step, so that any order of several writers can happen. */
function conversation(seed = 1): Conversation & { all: Comment[]; lose: number; edits: number } {
  let state = seed;
  let ids = 9;
  const draw = (): number => (state = (state * 48_271) % 2_147_483_647);
  const giveWay = async (): Promise<void> => {
    for (let turns = draw() % 7; turns > 0; turns--) await Promise.resolve();
  };
  const found = (id: string): number => {
    const at = self.all.findIndex((comment) => comment.id === id);
    if (at < 0) throw problem("FORGE_MISSING");
    return at;
  };
  const self = {
    all: [] as Comment[],
    lose: 0,
    edits: 0,
    list: async () => {
      await giveWay();
      const seen = [...self.all];
      await giveWay();
      return seen;
    },
    create: async (body: string) => {
      await giveWay();
      const made = comment(String(ids++), body);
      self.all.push(made);
      if (self.lose-- > 0) throw problem("FORGE_UNREACHABLE");
      await giveWay();
      return made;
    },
    edit: async (id: string, body: string) => {
      await giveWay();
      self.edits++;
      const at = found(id);
      const edited = { ...(self.all[at] as Comment), body, edited: true };
      self.all[at] = edited;
      return edited;
    },
    remove: async (id: string) => {
      await giveWay();
      self.all.splice(found(id), 1);
    },
  };
  return self;
}

function comment(id: string, body: string, more: Partial<Comment> = {}): Comment {
  return { id, url: `https://host.test/${id}`, author: "trueup", bot: true, ours: true, body, createdAt: "2026-11-21T08:00:00Z", edited: false, ...more };
}

/** What everybody writes first: look, and create when there is none. */
async function naively(on: Conversation, body: string): Promise<void> {
  const there = (await on.list()).find((found) => found.ours && found.body.startsWith(marker));
  await (there === undefined ? on.create(body) : on.edit(there.id, body));
}

const seeds = Array.from({ length: 200 }, (_, at) => at + 1);
const bodies = ["a", "b", "c"].map((letter) => `${marker}\n${letter}`);

test("three runs that create one comment at once leave exactly one, the oldest", async () => {
  for (const seed of seeds) {
    const on = conversation(seed);
    const saved = await Promise.all(bodies.map((body) => saveOnce(on, marker, body)));
    expect(on.all, `seed ${seed}`).toHaveLength(1);
    expect(on.all[0]?.id, `seed ${seed}`).toBe("9");
    expect(bodies).toContain(on.all[0]?.body);
    expect(saved.map(({ id }) => id)).toContain("9");
  }
});

test("control: without looking again they leave several", async () => {
  const left = await Promise.all(
    seeds.map(async (seed) => {
      const on = conversation(seed);
      await Promise.all(bodies.map((body) => naively(on, body)));
      return on.all.length;
    }),
  );
  expect(left.filter((count) => count > 1).length).toBeGreaterThan(100);
});

test("an earlier comment is edited, duplicates of ours go, a stranger's copy stays as it is", async () => {
  const on = conversation();
  const copy = comment("3", `${marker}\nstolen`, { ours: false, author: "mallory" });
  on.all.push(copy, comment("10", `${marker}\nlate`), comment("4", `${marker}\nold`), comment("5", "talk"));
  await expect(saveOnce(on, marker, `${marker}\nnew`)).resolves.toMatchObject({ id: "4" });
  expect(on.all.map(({ id, body }) => [id, body])).toEqual([
    ["3", copy.body],
    ["4", `${marker}\nnew`],
    ["5", "talk"],
  ]);
});

test("a lost answer does not make a second comment, and saying the same again writes nothing", async () => {
  const on = conversation();
  on.lose = 1;
  await saveOnce(on, marker, `${marker}\r\nbody\n`);
  await saveOnce(on, marker, `${marker}\nbody`);
  expect([on.all.length, on.edits]).toEqual([1, 0]);
});

test("a comment that is deleted while it is edited is written anew, a body without its marker gets it", async () => {
  const on = conversation();
  on.all.push(comment("4", `${marker}\nold`));
  const { list } = on;
  const once = {
    ...on,
    list: async () => {
      const seen = await list();
      on.all = on.all.filter(({ id }) => id !== "4");
      return seen;
    },
  };
  await saveOnce(once, marker, "new");
  expect(on.all.map(({ body }) => body)).toEqual([`${marker}\nnew`]);
});

test("a host that never answers is told as that", async () => {
  const on = conversation();
  await expect(saveOnce({ ...on, create: () => Promise.reject(problem("FORGE_UNREACHABLE")) }, marker, "x")).rejects.toMatchObject({
    code: "FORGE_UNREACHABLE",
  });
});

test("of what comes while one is written only the newest is written, and all wait for it", async () => {
  const lanes = new NewestWins<string>();
  const written: string[] = [];
  const write = (body: string) => async (): Promise<string> => {
    await new Promise((resolve) => setImmediate(resolve));
    written.push(body);
    if (body === "bad") throw new Error("bad");
    return body;
  };
  const answers = await Promise.all(["1", "2", "3", "4"].map((body) => lanes.run("k", write(body))));
  expect(written).toEqual(["1", "4"]);
  expect(answers).toEqual(["1", "4", "4", "4"]);
  const after = await Promise.allSettled([lanes.run("k", write("bad")), lanes.run("k", write("5")), lanes.run("other", write("6"))]);
  expect(after.map(({ status }) => status)).toEqual(["rejected", "fulfilled", "fulfilled"]);
  expect(written.slice(2).sort()).toEqual(["5", "6", "bad"]);
});
