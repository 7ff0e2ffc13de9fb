import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { CloudList } from "../../src/workflows/estate/cloud-list.ts";

/** What of an object is the cloud's own, and what was asked of it. */
export interface LiveThing {
  readonly id: string;
  /** The urn that it was made for. */
  readonly urn: string;
  readonly createdAtMs: number;
  readonly shape: number;
  readonly revision: number;
}

export interface Asked {
  readonly urn: string;
  readonly shape: number;
  readonly revision: number;
}

/** One cloud that lists what it made, and a provider that asks it. */
export interface CloudSubject {
  create(asked: Asked): Promise<string>;
  /** Of a type whose id is the name that the program says. */
  createNamed(urn: string, name: string): Promise<string | "taken">;
  update(id: string, asked: Asked): Promise<"done" | "gone">;
  delete(id: string, urn: string): Promise<void>;
  /** Asks for a creation and is gone before the answer: when this returns, the cloud has been asked. */
  askAndDie(asked: Asked): Promise<void>;
  living(): readonly LiveThing[];
  /** What the gate before a run asks. */
  readonly made: CloudList;
  /** Requests to create for a urn, in order: "begin", and how each ended. */
  requests(urn: string): readonly string[];
  /** Somebody in the console. */
  meddle(id: string, how: "gone" | "changed"): void;
  nowMs(): number;
  close(): Promise<void>;
}

const vpc = "aws:ec2/vpc:Vpc";
const urnOf = (name: string, type = vpc): string => `urn:pulumi:dev.s::p::${type}::${name}`;
const isBegin = (phase: string): boolean => phase === "begin";

/** What engines, the gate and the checkers rest on, whichever cloud it is: the sandbox cloud behind its provider's protocol, and the simulated one. */
export function cloudContract(name: string, begin: () => Promise<CloudSubject>): void {
  describe(`a cloud, ${name}`, () => {
    let subject: CloudSubject;
    beforeAll(async () => {
      subject = await begin();
    });
    afterAll(() => subject.close());
    const of = (urn: string): readonly LiveThing[] => subject.living().filter((one) => one.urn === urn);

    test("what is made is there as it was asked for, is known by its urn, and was not made before it was asked for", async () => {
      const urn = urnOf("one");
      const fromMs = subject.nowMs();
      const id = await subject.create({ urn, shape: 1, revision: 1 });
      const [made, ...more] = of(urn);
      expect([made, more]).toEqual([{ id, urn, shape: 1, revision: 1, createdAtMs: expect.any(Number) }, []]);
      expect(made?.createdAtMs).toBeGreaterThanOrEqual(fromMs);
      expect(made?.createdAtMs).toBeLessThanOrEqual(subject.nowMs());
      expect(subject.requests(urn)).toEqual(["begin", "commit"]);
    });

    test("who asks twice gets two: nothing in the cloud knows that both are one thing of a program", async () => {
      const urn = urnOf("twice");
      const ids = [await subject.create({ urn, shape: 1, revision: 1 }), await subject.create({ urn, shape: 1, revision: 1 })];
      expect(new Set(ids).size).toBe(2);
      expect(
        of(urn)
          .map(({ id }) => id)
          .toSorted(),
      ).toEqual(ids.toSorted());
      expect(new Set(await subject.made({ urn, type: vpc, sinceMs: undefined }))).toEqual(new Set(ids));
    });

    test("a name that the program says is there once: a second creation is refused, and leaves no request open", async () => {
      const [urn, other] = [urnOf("named", "aws:iam/group:Group"), urnOf("other", "aws:iam/group:Group")];
      expect([await subject.createNamed(urn, "the-one"), await subject.createNamed(other, "the-one")]).toEqual(["the-one", "taken"]);
      expect([of(urn).length, of(other).length, subject.requests(other)]).toEqual([1, 0, ["begin", "fail"]]);
      expect(await subject.made({ urn: other, type: "aws:iam/group:Group", sinceMs: undefined })).toEqual([]);
    });

    test("an update changes what is there and nothing else of it; of what is gone it makes nothing", async () => {
      const urn = urnOf("changed");
      const id = await subject.create({ urn, shape: 1, revision: 1 });
      const [before] = of(urn);
      expect(await subject.update(id, { urn, shape: 1, revision: 2 })).toBe("done");
      expect(of(urn)).toEqual([{ ...before, revision: 2 }]);
      await subject.delete(id, urn);
      expect([await subject.update(id, { urn, shape: 1, revision: 3 }), of(urn)]).toEqual(["gone", []]);
    });

    test("a deletion takes one thing away, and once more is no failure", async () => {
      const urn = urnOf("deleted");
      const [one, two] = [await subject.create({ urn, shape: 1, revision: 1 }), await subject.create({ urn, shape: 1, revision: 1 })];
      await subject.delete(one, urn);
      await subject.delete(one, urn);
      expect(of(urn).map(({ id }) => id)).toEqual([two]);
    });

    test("what was begun is done, also where who asked is gone: once, and whoever asks what was made hears of it", async () => {
      const urn = urnOf("left");
      const sinceMs = subject.nowMs();
      await subject.askAndDie({ urn, shape: 1, revision: 1 });
      expect([subject.requests(urn), of(urn)]).toEqual([["begin"], []]);
      const made = await subject.made({ urn, type: vpc, sinceMs });
      expect(made).toEqual(of(urn).map(({ id }) => id));
      expect([made?.length, subject.requests(urn).filter(isBegin).length, subject.requests(urn).at(-1)]).toEqual([1, 1, "commit"]);
    });

    test("asked what a creation made, it tells of those since then; of an older one only where there is no other", async () => {
      const urn = urnOf("since");
      const old = await subject.create({ urn, shape: 1, revision: 1 });
      const sinceMs = subject.nowMs() + 60_000;
      expect(await subject.made({ urn, type: vpc, sinceMs })).toEqual([old]);
      expect(await subject.made({ urn: urnOf("never"), type: vpc, sinceMs })).toEqual([]);
    });

    test("what somebody does by hand is there at once, and is no creation", async () => {
      const urn = urnOf("meddled");
      const id = await subject.create({ urn, shape: 1, revision: 1 });
      subject.meddle(id, "changed");
      expect(of(urn)).toMatchObject([{ id, shape: 1 }]);
      expect(of(urn)[0]?.revision).not.toBe(1);
      subject.meddle(id, "gone");
      expect([of(urn), subject.requests(urn), await subject.made({ urn, type: vpc, sinceMs: undefined })]).toEqual([[], ["begin", "commit"], []]);
    });
  });
}
