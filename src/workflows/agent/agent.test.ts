import { describe, expect, test } from "vitest";
import { Problem, type ProblemCode } from "../../base/problem/index.ts";
import { nextLook } from "../../domain/gates/index.ts";
import { runAgent, type AgentOptions, type Watched } from "./agent.ts";
import type { Ended, ErrandRun } from "./errand.ts";
import type { AgentEvent } from "./events.ts";
import type { Grounds } from "./grounds.ts";
import { calm, done, errand, fakeGrounds, inShort, sleepersClock } from "./test-grounds.ts";

const minute = 60_000;
const day = 24 * 60 * minute;
const problem = (code: ProblemCode, more: { readonly retry?: { readonly afterMs: number }; readonly what?: string } = {}): Problem =>
  new Problem(code, { what: more.what ?? "it is so", on: "this", todo: "Do that.", ...(more.retry === undefined ? {} : { retry: more.retry }) });

interface Told {
  readonly at: number;
  readonly event: AgentEvent;
}

/** An agent over repositories that a test plays, until `untilMs` of its clock have passed. */
async function play(
  repositories: Readonly<Record<string, Grounds | (() => Promise<Grounds>)>>,
  {
    untilMs = 10 * minute,
    ...more
  }: Omit<Partial<AgentOptions>, "clock"> & { readonly clock?: ReturnType<typeof sleepersClock>; readonly untilMs?: number } = {},
) {
  const clock = more.clock ?? sleepersClock();
  const stop = new AbortController();
  const told: Told[] = [];
  const watched = Object.entries(repositories).map(([name, grounds]): Watched => ({
    name,
    environments: ["dev", "prod"],
    open: typeof grounds === "function" ? grounds : () => Promise.resolve(grounds),
  }));
  if (more.once !== true && more.signal === undefined) void clock.sleep(untilMs).then(() => stop.abort());
  const looks = await runAgent({
    repositories: watched,
    intervalMs: minute,
    atOnce: 2,
    once: false,
    signal: stop.signal,
    hardSignal: new AbortController().signal,
    random: () => 0,
    tell: (event) => void told.push({ at: clock.ms, event }),
    ...more,
    clock,
  });
  const short = (name: string): string[] =>
    told.filter(({ event }) => inShort(event).includes(name)).map(({ event, at }) => `${Math.round(at / 1000)} ${inShort(event)}`);
  return { told, looks, clock, short };
}

/** Grounds whose one environment "dev" wants what `standing` says; "prod" is calm. */
function wanting(standing: () => Partial<typeof calm>, more: Partial<Grounds> = {}): Grounds {
  return fakeGrounds({ standing: (name) => Promise.resolve(name === "dev" ? { ...calm, ...standing() } : calm), ...more });
}

/** Something that ends when the test says so. */
function later(): { readonly run: () => Promise<Ended>; end(): void; readonly begun: Promise<void> } {
  const [ending, beginning] = [Promise.withResolvers<Ended>(), Promise.withResolvers<void>()];
  return {
    run: () => {
      beginning.resolve();
      return ending.promise;
    },
    end: () => ending.resolve(done),
    begun: beginning.promise,
  };
}

describe("looking", () => {
  test("is repeated once an interval or a little sooner, so that no two agents ask at the same moments, however long it takes", async () => {
    const draws = [0, 1, 0.5, 0.25];
    const { told } = await play({ estate: fakeGrounds() }, { untilMs: 4 * minute, random: () => draws.shift() ?? 0 });
    const at = told.filter(({ event }) => event.kind === "looked").map((one) => one.at / 1000);
    expect(at).toEqual([0, 60, 108, 162, 219]);
  });

  test("reads an environment only when a branch moved or something is due", async () => {
    let reads = 0;
    const moves = [true, false, false, true, false];
    await play(
      {
        estate: fakeGrounds({
          poll: () => Promise.resolve(moves.shift() ?? false),
          standing: () => Promise.resolve((reads++, calm)),
        }),
      },
      { untilMs: 5 * minute },
    );
    // Two environments, at the first look and at the fourth.
    expect(reads).toBe(4);
  });

  test("begins with what a head that moved will need while the forge is still to be asked, and only then", async () => {
    const did: string[] = [];
    const moves = [true, false, true];
    const note = (what: string): void => void did.push(what);
    await play(
      {
        estate: fakeGrounds({
          poll: () => Promise.resolve(moves.shift() ?? false),
          expect: note,
          talk: () => Promise.resolve((note("talk"), [])),
        }),
      },
      { untilMs: 3 * minute },
    );
    expect(did.join(" ")).toBe("dev prod talk talk dev prod talk");
  });

  test("lets the engine's servers rest two minutes after the last that was done, once, and never while something is done", async () => {
    const rests: number[] = [];
    const clock = sleepersClock();
    const slow = later();
    let isDue = true;
    const grounds = wanting(() => (isDue ? { applyAt: 0 } : {}), {
      rest: () => Promise.resolve(void rests.push(clock.ms / minute)),
      apply: () => ((isDue = false), slow.run()),
    });
    void clock.sleep(5 * minute - 1).then(() => slow.end());
    await play({ estate: grounds }, { clock, untilMs: 12 * minute });
    expect(rests).toEqual([7]);
  });

  test("what is wrong with one repository is asked ever more rarely, and the others go on as if nothing were", async () => {
    const codes: ProblemCode[] = ["REMOTE_UNREACHABLE", "REMOTE_UNREACHABLE", "CONFIG_INVALID", "CONFIG_INVALID"];
    const broken = (): Promise<Grounds> => {
      const code = codes.shift();
      return code === undefined ? Promise.resolve(fakeGrounds()) : Promise.reject(problem(code));
    };
    const { short } = await play({ broken, fine: fakeGrounds() }, { untilMs: 20 * minute });
    expect(short("broken").filter((line) => !/looked|standing/.test(line))).toEqual([
      "0 trouble repository broken REMOTE_UNREACHABLE",
      "60 trouble repository broken REMOTE_UNREACHABLE",
      "180 trouble repository broken CONFIG_INVALID",
      "420 trouble repository broken CONFIG_INVALID",
      "900 recovered repository broken",
    ]);
    expect(short("looked fine")).toHaveLength(20);
  });

  test("a host that asks for a pause gets it", async () => {
    let asked = 0;
    const poll = (): Promise<boolean> =>
      ++asked === 1 ? Promise.reject(problem("REMOTE_UNREACHABLE", { retry: { afterMs: 7 * minute } })) : Promise.resolve(false);
    const { short } = await play({ estate: fakeGrounds({ poll }) }, { untilMs: 8 * minute });
    expect(short("looked").slice(0, 2)).toEqual(["0 looked estate", "420 looked estate"]);
  });

  test("after trouble the repository is opened anew: its token may be another by then", async () => {
    let [opened, closed] = [0, 0];
    const open = (): Promise<Grounds> => {
      opened += 1;
      const isRevoked = opened === 1;
      return Promise.resolve(
        fakeGrounds({
          poll: () => (isRevoked ? Promise.reject(problem("REMOTE_UNREACHABLE")) : Promise.resolve(false)),
          close: () => Promise.resolve(void (closed += 1)),
        }),
      );
    };
    await play({ estate: open }, { untilMs: 5 * minute });
    expect([opened, closed]).toEqual([2, 2]);
  });

  test("an environment that cannot be read keeps none of the others from its turn", async () => {
    const applied: string[] = [];
    const grounds = fakeGrounds({
      standing: (name) =>
        name === "dev" ? Promise.reject(problem("ENVIRONMENT_INVALID")) : Promise.resolve({ ...calm, applyAt: applied.length === 0 ? 0 : undefined }),
      apply: (name) => Promise.resolve((applied.push(name), done)),
    });
    const { short } = await play({ estate: grounds }, { untilMs: 6 * minute });
    expect(applied).toEqual(["prod"]);
    expect(short("trouble")).toEqual(["0 trouble environment dev ENVIRONMENT_INVALID", "300 trouble environment dev ENVIRONMENT_INVALID"]);
  });
});

describe("a forge that cannot be asked", () => {
  test("holds back applies, which it would have to approve, and nothing else", async () => {
    const did: string[] = [];
    let asked = 0;
    const grounds = wanting(() => ({ applyAt: did.includes("apply") ? undefined : 0, driftAt: did.includes("sweep") ? undefined : 0 }), {
      talk: () => (++asked < 3 ? Promise.reject(problem("FORGE_REFUSED")) : Promise.resolve([])),
      apply: () => Promise.resolve((did.push("apply"), done)),
      sweep: () => Promise.resolve((did.push("sweep"), done)),
    });
    const { short } = await play({ estate: grounds }, { untilMs: 10 * minute });
    expect(did).toEqual(["sweep", "apply"]);
    expect(short("forge")).toEqual(["0 trouble forge estate FORGE_REFUSED", "60 trouble forge estate FORGE_REFUSED", "180 recovered forge estate"]);
  });

  test("holds back no apply that wants nobody's yes; what the forge is to hear of it is left to a later run", async () => {
    const did: string[] = [];
    const asked: string[] = [];
    const grounds = wanting(() => ({ applyAt: did.includes("apply") ? undefined : 0 }), {
      talk: () => Promise.reject(problem("FORGE_UNREACHABLE")),
      wantsConsent: (environment) => Promise.resolve((asked.push(environment), false)),
      apply: () => Promise.resolve((did.push("apply"), done)),
    });
    await play({ estate: grounds }, { untilMs: 3 * minute });
    expect([did, asked]).toEqual([["apply"], ["dev"]]);
  });

  test("control: what is wrong with git is wrong with all of the repository", async () => {
    const did: string[] = [];
    const grounds = wanting(() => ({ driftAt: 0 }), {
      talk: () => Promise.reject(problem("REMOTE_UNREACHABLE")),
      sweep: () => Promise.resolve((did.push("sweep"), done)),
    });
    const { short } = await play({ estate: grounds }, { untilMs: 3 * minute });
    expect([did, short("trouble").length]).toEqual([[], 2]);
  });
});

describe("a lease of a dead run", () => {
  test("is taken over and given back where nothing else would, so that drift is looked for again; who lives is left alone and looked at again", async () => {
    const did: string[] = [];
    let looks = 0;
    const held = { ...calm.gauges, leaseSince: 0 };
    const standing = (): Partial<typeof calm> => {
      looks += 1;
      if (did.includes("release")) return { driftAt: did.includes("sweep") ? undefined : 0 };
      return { gauges: held, isLeftHeld: looks > 2 };
    };
    const grounds = wanting(standing, {
      release: () => Promise.resolve((did.push("release"), done)),
      sweep: () => Promise.resolve((did.push("sweep"), done)),
    });
    await play({ estate: grounds }, { untilMs: 6 * minute });
    // The third look finds it dead, the fourth that drift is due, the fifth that nothing is.
    expect([did, looks]).toEqual([["release", "sweep"], 5]);
  });
});

describe("commits", () => {
  test("a head that moves while it waits is applied once, as it is when its turn comes", async () => {
    const [one, two] = [later(), later()];
    let head = "h1";
    const applied: string[] = [];
    const busy = (work: () => Promise<Ended>): Grounds => fakeGrounds({ talk: () => Promise.resolve([errand("preview #1", { do: work })]) });
    const waits = wanting(() => ({ head, applyAt: applied.includes(head) ? undefined : 0 }), {
      poll: () => Promise.resolve(true),
      apply: () => Promise.resolve((applied.push(head), done)),
    });
    const clock = sleepersClock();
    void clock.sleep(3.5 * minute).then(() => {
      head = "h2";
      one.end();
      return two.end();
    });
    const stop = new AbortController();
    void clock.sleep(9 * minute).then(() => stop.abort());
    await play({ a: busy(one.run), b: busy(two.run), waits }, { clock, signal: stop.signal });
    expect(applied).toEqual(["h2"]);
  });

  test("one that cannot work is tried ever more rarely; a newer one goes at once, and begins to count anew", async () => {
    const clock = sleepersClock();
    const tries: string[] = [];
    const head = (): string => (clock.ms < 20 * minute ? "bad" : "good");
    const grounds = wanting(() => ({ head: head(), applyAt: tries.at(-1)?.startsWith("good") === true ? undefined : 0 }), {
      poll: () => Promise.resolve(true),
      apply: () => {
        tries.push(`${head()} ${Math.round(clock.ms / minute)}`);
        return Promise.resolve(head() === "bad" ? { kind: "done", problem: problem("PROGRAM_FAILED") } : done);
      },
    });
    const stop = new AbortController();
    void clock.sleep(25 * minute).then(() => stop.abort());
    await play({ estate: grounds }, { clock, signal: stop.signal });
    expect(tries).toEqual(["bad 0", "bad 5", "bad 15", "good 20"]);
  });

  test("who holds the lease is asked again at every look", async () => {
    let tries = 0;
    const grounds = wanting(() => ({ applyAt: tries >= 3 ? undefined : 0 }), {
      apply: () => Promise.resolve(++tries < 3 ? { kind: "done", problem: problem("LEASE_HELD", { retry: { afterMs: 10 * minute } }) } : done),
    });
    const { short } = await play({ estate: grounds }, { untilMs: 5 * minute });
    expect(short("ended")).toEqual(["0 ended apply dev LEASE_HELD", "60 ended apply dev LEASE_HELD", "120 ended apply dev"]);
  });
});

describe("drift by schedule", () => {
  const everyDayAtThree = "0 3 * * *";

  test("runs once a day, and once after three days in which the agent did not run", async () => {
    const clock = sleepersClock();
    let last = clock.now();
    const looks: string[] = [];
    const grounds = wanting(() => ({ driftAt: nextLook({ schedule: everyDayAtThree }, last)?.getTime() }), {
      sweep: () => {
        last = clock.now();
        looks.push(last.toISOString().slice(0, 13));
        if (looks.length === 2) clock.jump(3 * day);
        return Promise.resolve(done);
      },
    });
    const stop = new AbortController();
    void clock.sleep(6 * day).then(() => stop.abort());
    await play({ estate: grounds }, { clock, signal: stop.signal, intervalMs: 10 * minute });
    // After the jump it is the 26th: the 24th, the 25th and the 26th are one look.
    expect(looks).toEqual(["2026-11-22T03", "2026-11-23T03", "2026-11-26T03", "2026-11-27T03"]);
  });

  test("a look that fails is not repeated with every look at the repository", async () => {
    let sweeps = 0;
    const grounds = wanting(() => ({ driftAt: 0 }), {
      sweep: () => Promise.resolve((sweeps++, { kind: "done", problem: problem("ENGINE_FAILED") })),
    });
    await play({ estate: grounds }, { untilMs: 30 * minute });
    expect(sweeps).toBe(3);
  });
});

describe("errands", () => {
  test("run two at a time over all repositories, and each once however often it is seen", async () => {
    let [running, most, begun] = [0, 0, 0];
    const clock = sleepersClock();
    const work = async (): Promise<Ended> => {
      begun += 1;
      most = Math.max(most, ++running);
      await clock.sleep(2.5 * minute);
      running -= 1;
      return done;
    };
    let seen = 0;
    const grounds = (): Grounds =>
      fakeGrounds({ talk: () => Promise.resolve(++seen > 6 ? [] : [1, 2, 3].map((number) => errand(`preview #${number}`, { do: work }))) });
    const stop = new AbortController();
    void clock.sleep(30 * minute).then(() => stop.abort());
    await play({ a: grounds(), b: grounds() }, { clock, signal: stop.signal });
    expect([most, begun]).toEqual([2, 6]);
  });

  test("an apply and a look for drift of one environment come one after the other", async () => {
    const order: string[] = [];
    const clock = sleepersClock();
    const work = (name: string) => async (): Promise<Ended> => {
      order.push(`${name} begins`);
      await clock.sleep(1_000);
      order.push(`${name} ends`);
      return done;
    };
    const grounds = wanting(() => ({ applyAt: order.length > 0 ? undefined : 0, driftAt: order.length > 0 ? undefined : 0 }), {
      apply: work("apply"),
      sweep: work("drift"),
    });
    await play({ estate: grounds }, { clock, once: true });
    expect(order).toEqual(["apply begins", "apply ends", "drift begins", "drift ends"]);
  });

  test("what is said quickly is answered while everything else is busy", async () => {
    const [one, two] = [later(), later()];
    const answered: number[] = [];
    const clock = sleepersClock();
    const talk = (): Promise<readonly ReturnType<typeof errand>[]> =>
      Promise.resolve([
        errand("preview #1", { do: one.run }),
        errand("preview #2", { do: two.run }),
        ...(clock.ms >= 2 * minute && answered.length === 0
          ? [errand("comment #1/5", { light: true, do: () => Promise.resolve((answered.push(clock.ms), one.end(), two.end(), done)) })]
          : []),
      ]);
    const stop = new AbortController();
    void clock.sleep(4 * minute).then(() => stop.abort());
    await play({ estate: fakeGrounds({ talk }) }, { clock, signal: stop.signal });
    expect(answered).toEqual([2 * minute]);
  });

  test("that throw are told as what they are about, and the agent lives on", async () => {
    const grounds = wanting(() => ({ applyAt: 0 }), { apply: () => Promise.reject(new TypeError("x is undefined")) });
    const { short, looks } = await play({ estate: grounds }, { untilMs: 3 * minute });
    expect([short("ended"), looks]).toEqual([["0 ended apply dev INTERNAL"], 3]);
  });
});

describe("being told to stop", () => {
  test("lets what runs end, begins nothing of what waits, and closes everything", async () => {
    const stop = new AbortController();
    const begun: string[] = [];
    let closed = false;
    const work =
      (name: string) =>
      (run: ErrandRun): Promise<Ended> => {
        begun.push(name);
        return new Promise((resolve) => run.signal.addEventListener("abort", () => resolve({ kind: "done", problem: problem("CANCELLED") })));
      };
    const clock = sleepersClock();
    const talk = (): Promise<readonly ReturnType<typeof errand>[]> => Promise.resolve(["a", "b", "c"].map((name) => errand(name, { do: work(name) })));
    void clock.sleep(1.5 * minute).then(() => stop.abort());
    const { short } = await play({ estate: fakeGrounds({ talk, close: () => Promise.resolve(void (closed = true)) }) }, { clock, signal: stop.signal });
    expect([begun, closed]).toEqual([["a", "b"], true]);
    expect(short("").slice(-4)).toEqual(["90 stopping", "90 ended preview a CANCELLED", "90 ended preview b CANCELLED", "90 stopped"]);
  });

  test("does not wait for a host that does not answer", async () => {
    const { looks, short } = await play({ silent: fakeGrounds({ poll: () => new Promise(() => undefined) }), fine: fakeGrounds() }, { untilMs: 3 * minute });
    expect([looks, short("silent"), short("stopped")]).toEqual([3, [], ["180 stopped"]]);
  });
});
