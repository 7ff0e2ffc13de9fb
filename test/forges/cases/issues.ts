import { expect } from "vitest";
import { someChange, problemOf, type Case, type Subject } from "../subject.ts";

const marker = "<!-- trueup:drift -->";
const open = { title: "Drift", state: "open" } as const;
const closed = { title: "Drift", state: "closed" } as const;
const withMarker = ({ standin }: Subject, which = marker) => standin.issues().filter(({ body }) => body.startsWith(which));
const writes = ({ standin }: Subject): number => standin.events.filter(({ did }) => did.startsWith("issue.")).length;

export const issueCases: readonly Case[] = [
  {
    says: "the issue with the marker is opened once and then edited in place, its title too",
    ask: async (subject) => {
      const first = await subject.forge.saveComment(open, marker, `${marker}\none`);
      const second = await subject.open().saveComment({ ...open, title: "More drift" }, marker, `${marker}\ntwo`);
      expect(second).toEqual(first);
      expect(first.url).toMatch(/^http/);
      expect(withMarker(subject)).toEqual([{ number: Number(first.id), author: subject.us, title: "More drift", body: `${marker}\ntwo`, state: "open" }]);
    },
  },
  {
    says: "an issue is closed, and the same one is open again when it is wanted open",
    ask: async (subject) => {
      const { id } = await subject.forge.saveComment(open, marker, `${marker}\none`);
      await subject.open().saveComment(closed, marker, `${marker}\nnothing left`);
      expect(withMarker(subject)).toMatchObject([{ number: Number(id), state: "closed", body: `${marker}\nnothing left` }]);
      await subject.open().saveComment(open, marker, `${marker}\nagain`);
      expect(withMarker(subject)).toMatchObject([{ number: Number(id), state: "open", body: `${marker}\nagain` }]);
    },
  },
  {
    says: "an issue that is to be closed and is not there is missing, and is not opened for that",
    ask: async (subject) => {
      expect((await problemOf(subject.forge.saveComment(closed, marker, `${marker}\nnothing`))).code).toBe("FORGE_MISSING");
      expect(subject.standin.issues()).toEqual([]);
    },
  },
  {
    says: "the issue with the marker is found behind 230 others, and no pull request is taken for it",
    ask: async (subject) => {
      const { standin, forge, us } = subject;
      someChange(subject);
      for (let index = 0; index < 115; index++) standin.openIssue("bob", { title: `Other ${index}`, body: "x" });
      for (let index = 0; index < 115; index++) standin.openIssue(us, { title: `Ours ${index}`, body: `As said: ${marker}` });
      const { id } = await forge.saveComment(open, marker, `${marker}\none`);
      expect((await subject.open().saveComment(open, marker, `${marker}\ntwo`)).id).toBe(id);
      expect(withMarker(subject)).toMatchObject([{ number: Number(id), body: `${marker}\ntwo` }]);
    },
  },
  {
    says: "an issue that somebody else began with the marker is not touched",
    ask: async (subject) => {
      const { standin, forge } = subject;
      const copy = standin.openIssue("dan", { title: "All is well", body: `${marker}\nNothing drifts.` });
      const { id } = await forge.saveComment(open, marker, `${marker}\nours`);
      await forge.saveComment(closed, marker, `${marker}\nours again`);
      expect(withMarker(subject)).toEqual([
        { number: copy, author: "dan", title: "All is well", body: `${marker}\nNothing drifts.`, state: "open" },
        { number: Number(id), author: subject.us, title: "Drift", body: `${marker}\nours again`, state: "closed" },
      ]);
    },
  },
  {
    says: "two runs that open one issue at once leave one with the marker, the oldest, and close the other (10 rounds)",
    ask: async (subject) => {
      const { standin } = subject;
      standin.jitter(20_262, 12);
      let met = 0;
      for (let round = 0; round < 10; round++) {
        const own = `<!-- trueup:round ${round} -->`;
        const before = standin.issues().length;
        const saved = await Promise.all(["a", "b"].map((name) => subject.open().saveComment(open, own, `${own}\nby ${name}`)));
        const opened = standin.issues().slice(before);
        if (opened.length > 1) met += 1;
        const [left, ...more] = withMarker(subject, own);
        expect([left?.number, left?.state, more]).toEqual([opened[0]?.number, "open", []]);
        expect(saved.map(({ id }) => id)).toEqual([String(left?.number), String(left?.number)]);
        expect(opened.filter(({ state }) => state === "open")).toHaveLength(1);
      }
      // Else nothing was asked: the two never came at once.
      expect(met).toBeGreaterThan(0);
    },
  },
  {
    says: "an issue whose opening was not answered is not opened twice",
    ask: async (subject) => {
      const { standin } = subject;
      for (const drop of ["after", "during", "before"] as const) {
        const own = `<!-- trueup:${drop} -->`;
        standin.fault({ match: "issue.create", drop });
        await subject
          .open()
          .saveComment(open, own, `${own}\none`)
          .catch(() => undefined);
        standin.clearFaults();
        await subject.open().saveComment(open, own, `${own}\ntwo`);
        expect(withMarker(subject, own).map(({ body }) => body)).toEqual([`${own}\ntwo`]);
      }
    },
  },
  {
    says: "what is already as it should be is not written again; another title or state is",
    ask: async (subject) => {
      await subject.forge.saveComment(open, marker, `${marker}\none`);
      const before = writes(subject);
      await subject.open().saveComment(open, marker, `${marker}\none`);
      expect(writes(subject)).toBe(before);
      await subject.open().saveComment({ ...open, title: "Other" }, marker, `${marker}\none`);
      await subject.open().saveComment({ ...closed, title: "Other" }, marker, `${marker}\none`);
      expect(writes(subject)).toBe(before + 2);
      expect(withMarker(subject)).toMatchObject([{ title: "Other", state: "closed" }]);
    },
  },
  {
    says: "a text that the host finds too long for an issue is refused",
    ask: async (subject) => {
      subject.standin.policy.maxCommentLength = 1_000;
      expect((await problemOf(subject.forge.saveComment(open, marker, `${marker}\n${"x".repeat(1_001)}`))).code).toBe("FORGE_REFUSED");
      expect(subject.standin.issues()).toEqual([]);
    },
  },
];
