import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { isFull } from "../journeys/estate.ts";
import type { Engine, EngineOutcome, EngineProgress, StackSite } from "../../src/adapters/engine/index.ts";

/**
 * Networks by name: another shape is another object, another revision an update. `isRole`: a role instead, of which there can be one of its name, so that
 * the older one is deleted before another one is made.
 */
export type Networks = Readonly<Record<string, { readonly shape: number; readonly revision: number; readonly isRole?: true }>>;

/** One engine with a backend and a cloud of its own. */
export interface EngineSubject {
  readonly engine: Engine;
  site(name: string): StackSite;
  /** What all stacks declare from now on. */
  program(networks: Networks): Promise<void>;
  /** Ids of the objects that live. */
  living(): readonly string[];
  /** Somebody deletes an object by hand. */
  lose(id: string): void;
  /** The next creation: never answered, refused, or done without becoming ready. */
  next(how: "hangs" | "is refused" | "is not ready"): void;
  /** How long after it told that an operation began its state surely says so. */
  readonly writtenAfterMs: number;
  close(): Promise<void>;
}

/** The simulated cloud takes up to ten minutes for an answer now and then. */
const limits = { deadlineMs: 1_200_000 };
const told = ({ changes }: EngineOutcome): readonly string[] =>
  changes.resources.filter(({ type }) => !type.startsWith("pulumi:")).map(({ name, operation }) => `${operation} ${name}`);

/** What the workflows rest on, whichever engine it is: the real one and the simulated one. Of a slow one the slice holds only some. */
export function engineContract(name: string, begin: () => Promise<EngineSubject>, inSlice: "all" | "some" = "all"): void {
  const isLeft = inSlice === "some" && !isFull;
  describe(`the engine port, ${name}`, () => {
    let subject: EngineSubject;
    beforeAll(async () => {
      subject = await begin();
    });
    afterAll(() => subject.close());

    const networksOf = async (site: StackSite): Promise<readonly { readonly urn: string; readonly id: string }[]> =>
      (await subject.engine.exportState(site)).resources
        .filter(({ type }) => type === "aws:ec2/vpc:Vpc")
        .map(({ urn, id }) => ({ urn, id }))
        // A state keeps the order in which its steps ended, and two steps side by side end in either order.
        .toSorted((one, other) => one.urn.localeCompare(other.urn));

    /** A run that is killed once its state says that this operation, which hangs, has begun. */
    const killedIn = (site: StackSite, operation: string): Promise<EngineOutcome> => {
      subject.next("hangs");
      const hard = new AbortController();
      const onProgress = (told: EngineProgress): void => {
        if (told.phase !== "started" || told.operation !== operation) return;
        if (subject.writtenAfterMs === 0) hard.abort();
        else setTimeout(() => hard.abort(), subject.writtenAfterMs);
      };
      return subject.engine.up(site, { ...limits, refresh: false, hardSignal: hard.signal, onProgress });
    };

    test("a stack's life: looked at before it is there, made, unchanged, changed, replaced, taken away", async () => {
      const { engine } = subject;
      const site = subject.site("life");
      await subject.program({ a: { shape: 1, revision: 1 }, b: { shape: 1, revision: 1 } });
      expect(await engine.exportState(site)).toMatchObject({ exists: false, digest: "", resources: [], pending: [] });
      expect(told(await engine.preview(site, { ...limits, live: true })).toSorted()).toEqual(["create a", "create b"]);
      expect([(await engine.exportState(site)).exists, subject.living()]).toEqual([false, []]);

      await engine.init(site);
      const progress: EngineProgress[] = [];
      const heard: string[] = [];
      const listen = {
        onProgress: (one: EngineProgress) => void progress.push(one),
        onSession: (session: number) => void heard.push(`session ${session > 1}`),
        onLock: () => void heard.push("locked"),
        onUnlock: () => void heard.push("unlocked"),
      };
      const up = await engine.up(site, { ...limits, ...listen, refresh: false });
      expect([up.result, told(up).toSorted()]).toEqual(["succeeded", ["create a", "create b"]]);
      const made = await networksOf(site);
      expect(made.map(({ id }) => id).toSorted()).toEqual(subject.living().toSorted());
      for (const { urn, id } of made)
        expect(progress.filter((one) => one.urn === urn).map((one) => [one.phase, one.id])).toEqual([
          ["started", undefined],
          ["done", id],
        ]);
      expect([heard, await engine.locks(site)]).toEqual([["session true", "locked", "unlocked"], []]);

      const before = await engine.exportState(site);
      expect(told(await engine.preview(site, { ...limits, live: true, known: before }))).toEqual([]);
      expect([(await engine.exportState(site)).digest, before.pending]).toEqual([before.digest, []]);

      await subject.program({ a: { shape: 1, revision: 2 }, b: { shape: 2, revision: 1 } });
      const second = await engine.up(site, { ...limits, refresh: true });
      expect([second.result, told(second).toSorted()]).toEqual(["succeeded", ["replace b", "update a"]]);
      const after = await networksOf(site);
      const idOf = (list: typeof made, ending: string): string | undefined => list.find(({ urn }) => urn.endsWith(`::${ending}`))?.id;
      expect([idOf(after, "a") === idOf(made, "a"), idOf(after, "b") === idOf(made, "b")]).toEqual([true, false]);
      expect(after.map(({ id }) => id).toSorted()).toEqual(subject.living().toSorted());
      expect(second.changes.resources.find(({ operation }) => operation === "replace")?.id).toBe(idOf(after, "b"));
      expect((await engine.exportState(site)).digest).not.toBe(before.digest);

      await subject.program({ a: { shape: 1, revision: 3 } });
      const b = after.find(({ urn }) => urn.endsWith("::b"))?.urn ?? "";
      expect(told(await engine.up(site, { ...limits, refresh: true, excludes: [b] }))).toEqual(["update a"]);
      expect(await networksOf(site)).toEqual(after);
      expect(told(await engine.up(site, { ...limits, refresh: true }))).toEqual(["delete b"]);
      expect((await networksOf(site)).map(({ id }) => id)).toEqual(subject.living());
      await subject.program({});
      await engine.up(site, { ...limits, refresh: false });
      expect(subject.living()).toEqual([]);
    });

    test("a creation that the cloud refuses fails the run and leaves nothing", async () => {
      const site = subject.site("refused");
      await subject.program({ a: { shape: 1, revision: 1 } });
      await subject.engine.init(site);
      subject.next("is refused");
      expect((await subject.engine.up(site, { ...limits, refresh: false })).result).toBe("failed");
      expect([await networksOf(site), (await subject.engine.exportState(site)).pending, await subject.engine.locks(site)]).toEqual([[], [], []]);
    });

    test.skipIf(isLeft)("what the cloud makes and what does not become ready fails the run; it is in the state, told as made, and not made again", async () => {
      const { engine } = subject;
      const site = subject.site("half");
      await subject.program({ a: { shape: 1, revision: 1 } });
      await engine.init(site);
      const before = subject.living();
      subject.next("is not ready");
      const up = await engine.up(site, { ...limits, refresh: false });
      const [made] = await networksOf(site);
      expect([up.result, told(up), up.changes.resources.map(({ id }) => id)]).toEqual(["failed", ["create a"], [made?.id]]);
      expect([(await engine.exportState(site)).pending, subject.living()]).toEqual([[], [...before, made?.id]]);
      expect((await engine.up(site, { ...limits, refresh: true })).result).toBe("succeeded");
      expect([await networksOf(site), subject.living()]).toEqual([[made], [...before, made?.id]]);
      expect(told(await engine.preview(site, { ...limits, live: true }))).toEqual([]);
    });

    test.skipIf(isLeft)("a run that is killed in a creation leaves it pending, and no lock; what is known of it is read back and written", async () => {
      const { engine } = subject;
      const [site, other] = [subject.site("killed"), subject.site("other")];
      await subject.program({ a: { shape: 1, revision: 1 } });
      for (const one of [site, other]) await engine.init(one);
      await engine.up(other, { ...limits, refresh: false });
      const [{ id } = { id: "" }] = await networksOf(other);
      expect((await killedIn(site, "create")).result).toBe("cancelled");
      const left = await engine.exportState(site);
      const [pending] = left.pending;
      expect([pending?.operation, pending?.known, left.pending.length, await engine.locks(site)]).toEqual(["creating", [], 1, []]);

      const urn = pending?.urn ?? "";
      const asked = (adopt: string) =>
        engine.readBack(site, { deployment: left.deployment, mend: { adopt: [{ urn, id: adopt }], drop: [], reread: [] }, limits });
      expect([...(await asked("vpc-0")).found]).toEqual([[urn, false]]);
      const read = await asked(id);
      expect([[...read.found], (await engine.exportState(site)).digest]).toEqual([[[urn, true]], left.digest]);
      await engine.importState(site, read.deployment);
      expect([await networksOf(site), (await engine.exportState(site)).pending]).toEqual([[{ urn, id }], []]);
      expect(told(await engine.preview(site, { ...limits, live: true }))).toEqual([]);
    });

    test.skipIf(isLeft)(
      "what is deleted before another one takes its place is no object any more: not in the state, and not in the way of the one that a killed run made",
      async () => {
        const { engine } = subject;
        const site = subject.site("first");
        await subject.program({ a: { shape: 1, revision: 1, isRole: true } });
        await engine.init(site);
        await engine.up(site, { ...limits, refresh: false });
        const isRole = ({ urn }: { readonly urn: string }): boolean => urn.endsWith("::a");
        const role = (await engine.exportState(site)).resources.find(isRole) ?? { urn: "", id: "" };
        await subject.program({ a: { shape: 2, revision: 1, isRole: true } });
        expect((await killedIn(site, "create-replacement")).result).toBe("cancelled");
        const left = await engine.exportState(site);
        const { urn, id } = role;
        expect([left.resources.filter(isRole), left.freed, subject.living().includes(id)]).toEqual([[], [expect.objectContaining({ urn, id })], false]);
        expect(left.pending).toMatchObject([{ urn, operation: "creating", known: [], freed: [id] }]);
        const adopting = { deployment: left.deployment, mend: { adopt: [{ urn, id }], drop: [], reread: [] }, limits };
        expect([...(await engine.readBack(site, adopting)).found]).toEqual([[urn, false]]);
        expect((await engine.refresh(site, { ...limits, previewOnly: true })).drift).toEqual([]);

        const up = await engine.up(site, { ...limits, refresh: true });
        expect([up.result, told(up), up.changes.resources.find(isRole)?.id]).toEqual(["succeeded", ["create a"], id]);
        expect([(await engine.exportState(site)).freed, subject.living().filter((one) => one === id)]).toEqual([[], [id]]);
        // As if the killed run had made it: the state of then takes it in.
        const read = await engine.readBack(site, adopting);
        await engine.importState(site, read.deployment);
        const now = await engine.exportState(site);
        expect([[...read.found], now.resources.filter(isRole).map((one) => one.id), now.freed]).toEqual([[[urn, true]], [id], []]);
        expect(told(await engine.preview(site, { ...limits, live: true }))).toEqual([]);
      },
    );

    test.skipIf(isLeft)(
      "what is deleted for another one, which is refused, is made again where the program turns back, and is not deleted once more",
      async () => {
        const { engine } = subject;
        const site = subject.site("turned");
        const role = (shape: number): Promise<void> => subject.program({ t: { shape, revision: 1, isRole: true } });
        await role(1);
        await engine.init(site);
        await engine.up(site, { ...limits, refresh: false });
        await role(2);
        subject.next("is refused");
        const refused = await engine.up(site, { ...limits, refresh: false });
        // The older one is gone: that was done, whatever came after it.
        expect([refused.result, told(refused)]).toEqual(["failed", ["replace t"]]);
        const left = await engine.exportState(site);
        const [freed] = left.freed;
        // Another one costs nothing more, for whichever object.
        expect(told(await engine.preview(site, { ...limits, live: false }))).toEqual(["create t"]);
        const is = (id: string): boolean => id === freed?.id;
        expect([left.freed.length, left.pending, subject.living().filter(is)]).toEqual([1, [], []]);
        await role(1);
        const up = await engine.up(site, { ...limits, known: left, refresh: true });
        const now = await engine.exportState(site);
        expect([up.result, told(up), now.freed, now.resources.filter(({ id }) => is(id)).length]).toEqual(["succeeded", ["create t"], [], 1]);
        expect(subject.living().filter(is)).toEqual([freed?.id]);
        expect(told(await engine.preview(site, { ...limits, live: true }))).toEqual([]);
      },
    );

    test("an import forgets the operations that never ended", async () => {
      const { engine } = subject;
      const site = subject.site("forgets");
      await subject.program({ a: { shape: 1, revision: 1 } });
      await engine.init(site);
      await engine.up(site, { ...limits, refresh: false });
      const { deployment } = await engine.exportState(site);
      const state = JSON.parse(deployment) as { readonly deployment: { readonly resources: readonly { readonly type: string }[] } };
      const resource = state.deployment.resources.find(({ type }) => !type.startsWith("pulumi:"));
      const withOne = { ...state, deployment: { ...state.deployment, pending_operations: [{ type: "updating", resource }] } };
      await engine.importState(site, JSON.stringify(withOne));
      expect((await engine.exportState(site)).pending).toEqual([]);
    });

    test.skipIf(isLeft)(
      "a state that is gone is previewed apart: what would be made is told, with its provider and its parent, and nothing runs or is imported in its place",
      async () => {
        const { engine } = subject;
        const site = subject.site("gone");
        await subject.program({ a: { shape: 1, revision: 1 }, b: { shape: 1, revision: 1 } });
        await engine.init(site);
        await engine.up(site, { ...limits, refresh: false });
        const [made, { deployment }] = [await networksOf(site), await engine.exportState(site)];
        await engine.remove(site, { withState: true });
        const gone = await engine.exportState(site);
        const planned = await engine.preview(site, { ...limits, live: false, known: gone });
        const project = made[0]?.urn.split("::")[1] ?? "";
        const root = `urn:pulumi:dev.gone::${project}::pulumi:pulumi:Stack::${project}-dev.gone`;
        expect(told(planned).toSorted()).toEqual(["create a", "create b"]);
        // Neither the stack itself nor a provider that the engine has by itself is among them.
        const provider: unknown = expect.stringMatching(/::pulumi:providers:aws::default/);
        const expected = made.map(({ urn }) => ({ urn, type: "aws:ec2/vpc:Vpc", isCustom: true, provider, parent: root }));
        expect(planned.makes?.toSorted((one, other) => one.urn.localeCompare(other.urn))).toEqual(
          expected.toSorted((one, other) => one.urn.localeCompare(other.urn)),
        );
        await expect(engine.up(site, { ...limits, refresh: false })).rejects.toMatchObject({ code: "STACK_UNKNOWN" });
        await expect(engine.importState(site, deployment)).rejects.toMatchObject({ code: "STACK_UNKNOWN" });
        expect([gone.exists, (await engine.exportState(site)).exists]).toEqual([false, false]);
        for (const { id } of made) expect(subject.living()).toContain(id);
      },
    );

    test.skipIf(isLeft)("what such a state had is taken in by its ids, once what it rests on was brought there alone; the rest is made", async () => {
      const { engine } = subject;
      const [site, other] = [subject.site("gone"), subject.site("there")];
      for (const one of [site, other]) await engine.init(one);
      await engine.up(other, { ...limits, refresh: false });
      const [there] = await networksOf(other);
      const empty = await engine.exportState(site);
      const makes = (await engine.preview(site, { ...limits, live: true, known: empty })).makes ?? [];
      const scaffold = [...new Set(makes.flatMap(({ provider, parent = "" }) => [provider, parent]))];
      const roots = scaffold.filter((urn) => urn.includes("::pulumi:pulumi:Stack::"));
      const before = subject.living();
      expect((await engine.up(site, { ...limits, refresh: false, targets: roots })).result).toBe("succeeded");
      const now = await engine.exportState(site);
      expect([now.resources.map(({ urn }) => urn).toSorted(), subject.living()]).toEqual([scaffold.toSorted(), before]);

      const wanted = (await engine.preview(site, { ...limits, live: true, known: now })).makes ?? [];
      expect(wanted.map(({ urn }) => urn.split("::").at(-1) ?? "").toSorted()).toEqual(["a", "b"]);
      const adopt = wanted.flatMap(({ urn, type, provider, parent }) => {
        if (!urn.endsWith("::a")) return [];
        const id = now.resources.find((one) => one.urn === provider)?.id ?? "";
        const begun = { type, provider: `${provider}::${id}`, ...(parent === undefined ? {} : { parent }) };
        return [{ urn, id: there?.id ?? "", begun }];
      });
      const read = await engine.readBack(site, { deployment: now.deployment, mend: { adopt, drop: [], reread: [] }, limits });
      expect([[...read.found.values()], read.failure]).toEqual([[true], undefined]);
      await engine.importState(site, read.deployment);
      const after = await engine.preview(site, { ...limits, live: true });
      expect([told(after), after.makes?.map(({ urn }) => urn.split("::").at(-1))]).toEqual([["create b"], ["b"]]);
      expect(told(await engine.up(site, { ...limits, refresh: true }))).toEqual(["create b"]);
      expect((await networksOf(site)).map(({ id }) => id)).toContain(there?.id);
      expect(subject.living().length).toBe(before.length + 1);
    });

    test.skipIf(isLeft)("what somebody deleted is told as gone by a look that changes nothing, and as what would be made", async () => {
      const { engine } = subject;
      const site = subject.site("there");
      const [first, second] = await networksOf(site);
      const before = await engine.exportState(site);
      subject.lose(first?.id ?? "");
      const look = await engine.refresh(site, { ...limits, previewOnly: true });
      expect([look.result, look.drift.map(({ urn, kind }) => [urn, kind])]).toEqual(["succeeded", [[first?.urn, "gone"]]]);
      const planned = await engine.preview(site, { ...limits, live: true, known: before });
      expect([planned.makes?.map(({ urn }) => urn), (await engine.exportState(site)).digest]).toEqual([[first?.urn], before.digest]);
      expect(subject.living()).toContain(second?.id);
    });
  });
}
