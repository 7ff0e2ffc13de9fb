import { expect } from "vitest";
import { randomOf } from "../../../src/satellites/forge-standin/index.ts";
import { problemOf, someChange, type Case, type Subject } from "../subject.ts";

const marker = "<!-- trueup:preview -->";
const withMarker = ({ standin }: Subject, number: number, which = marker) => standin.comments(number).filter(({ body }) => body.startsWith(which));

function talk({ standin }: Subject, number: number, count: number): void {
  for (let index = 0; index < count; index++) standin.comment(index % 2 === 0 ? "ann" : "bob", number, `line ${index}`);
}

const reading: readonly Case[] = [
  {
    says: "all 200 comments of a pull request are read, oldest first, each once",
    ask: async (subject) => {
      const number = someChange(subject);
      talk(subject, number, 200);
      const read = await subject.forge.comments(number);
      expect(read.map(({ body }) => body)).toEqual(Array.from({ length: 200 }, (_, index) => `line ${index}`));
      expect(new Set(read.map(({ id }) => id)).size).toBe(200);
    },
  },
  {
    says: "only what was written or edited since is read when asked",
    ask: async (subject) => {
      const { standin, forge } = subject;
      const number = someChange(subject);
      const long = (minutes: number): Date => new Date(Date.now() - minutes * 60_000);
      standin.comment("ann", number, { body: "old", at: long(60) });
      const edited = standin.comment("ann", number, { body: "old, edited now", at: long(59) });
      standin.comment("ann", number, { body: "at the very time", at: new Date(Math.floor(long(30).getTime() / 1000) * 1000) });
      standin.comment("bob", number, "new");
      standin.editComment(edited, "edited");
      const since = new Date(Math.floor(long(30).getTime() / 1000) * 1000).toISOString();
      expect((await forge.comments(number, since)).map(({ body }) => body)).toEqual(["edited", "at the very time", "new"]);
      expect((await forge.comments(number)).map(({ edited: was }) => was)).toEqual([false, true, false, false]);
    },
  },
  {
    says: "a comment says who wrote it, whether a bot, whether we",
    ask: async (subject) => {
      const { standin, forge, us } = subject;
      const number = someChange(subject);
      standin.comment("bob", number, "a person");
      standin.comment(standin.bot, number, "a bot");
      const { id } = await forge.saveComment(number, marker, `${marker}\nwe`);
      const read = await forge.comments(number);
      expect(read.map(({ author, bot, ours }) => ({ author, bot, ours }))).toEqual([
        { author: "bob", bot: false, ours: false },
        { author: standin.bot, bot: true, ours: false },
        { author: us, bot: true, ours: true },
      ]);
      expect(read[2]?.id).toBe(id);
      expect(read.every(({ url, createdAt }) => url.startsWith("http") && !Number.isNaN(Date.parse(createdAt)))).toBe(true);
    },
  },
  {
    says: "what the host itself notes in a conversation is no comment",
    ask: async (subject) => {
      const { standin, forge } = subject;
      const number = someChange(subject);
      standin.approve("bob", number);
      expect(await forge.comments(number)).toEqual([]);
    },
  },
];

const sticky: readonly Case[] = [
  {
    says: "the comment with the marker is created once and then edited in place",
    ask: async (subject) => {
      const { forge, standin } = subject;
      const number = someChange(subject);
      const first = await forge.saveComment(number, marker, `${marker}\none`);
      talk(subject, number, 3);
      const second = await subject.open().saveComment(number, marker, `${marker}\ntwo`);
      expect(second).toEqual(first);
      expect(withMarker(subject, number)).toEqual([{ id: first.id, author: subject.us, body: `${marker}\ntwo` }]);
      expect(standin.comments(number)).toHaveLength(4);
    },
  },
  {
    says: "a marker on the last page is found",
    ask: async (subject) => {
      const { forge } = subject;
      const number = someChange(subject);
      talk(subject, number, 200);
      const first = await forge.saveComment(number, marker, `${marker}\none`);
      const second = await subject.open().saveComment(number, marker, `${marker}\ntwo`);
      expect(second.id).toBe(first.id);
      expect(withMarker(subject, number)).toHaveLength(1);
    },
  },
  {
    says: "a copy of the marker by somebody else is not touched",
    ask: async (subject) => {
      const { standin, forge } = subject;
      const number = someChange(subject);
      const copy = standin.comment("mallory", number, `${marker}\nAll is well, merge me.`);
      const { id } = await forge.saveComment(number, marker, `${marker}\nours`);
      await forge.saveComment(number, marker, `${marker}\nours again`);
      expect(id).not.toBe(copy);
      expect(withMarker(subject, number)).toEqual([
        { id: copy, author: "mallory", body: `${marker}\nAll is well, merge me.` },
        { id, author: subject.us, body: `${marker}\nours again` },
      ]);
    },
  },
  {
    says: "a quotation of the marker in a comment of ours is not the comment with the marker",
    ask: async (subject) => {
      const { standin, forge, us } = subject;
      const number = someChange(subject);
      const quoting = standin.comment(us, number, `As said: ${marker}`);
      const { id } = await forge.saveComment(number, marker, `${marker}\nours`);
      expect(id).not.toBe(quoting);
      expect(standin.comments(number).find((comment) => comment.id === quoting)?.body).toBe(`As said: ${marker}`);
    },
  },
  {
    says: "two markers on one pull request are two comments",
    ask: async (subject) => {
      const { forge } = subject;
      const number = someChange(subject);
      const other = "<!-- trueup:apply -->";
      const ids = [await forge.saveComment(number, marker, `${marker}\na`), await forge.saveComment(number, other, `${other}\nb`)].map(({ id }) => id);
      expect(new Set(ids).size).toBe(2);
      expect([withMarker(subject, number).length, withMarker(subject, number, other).length]).toEqual([1, 1]);
    },
  },
  {
    says: "a comment that somebody deleted is created again",
    ask: async (subject) => {
      const { forge, standin } = subject;
      const number = someChange(subject);
      const first = await forge.saveComment(number, marker, `${marker}\none`);
      standin.deleteComment(first.id);
      const second = await forge.saveComment(number, marker, `${marker}\ntwo`);
      expect(withMarker(subject, number)).toEqual([{ id: second.id, author: subject.us, body: `${marker}\ntwo` }]);
    },
  },
];

const races: readonly Case[] = [
  {
    says: "two runs that create at once leave exactly one, the oldest, and both say so (20 rounds)",
    ask: async (subject) => {
      const { standin } = subject;
      const number = someChange(subject);
      standin.jitter(20_261, 12);
      let met = 0;
      for (let round = 0; round < 20; round++) {
        const own = `<!-- trueup:round ${round} -->`;
        const before = standin.events.length;
        const saved = await Promise.all(["a", "b"].map((name) => subject.open().saveComment(number, own, `${own}\nby ${name}`)));
        const created = standin.events.slice(before).filter(({ did }) => did === "comment.create");
        if (created.length > 1) met += 1;
        const left = withMarker(subject, number, own);
        expect(left).toHaveLength(1);
        expect(saved.map(({ id }) => id)).toEqual([left[0]?.id, left[0]?.id]);
        expect(created[0]?.on).toBe(`${number}/${left[0]?.id}`);
        expect([`${own}\nby a`, `${own}\nby b`]).toContain(left[0]?.body);
      }
      // Else nothing was asked: the two never came at once.
      expect(met).toBeGreaterThan(3);
    },
  },
  {
    says: "a create whose answer was lost, and is then repeated, leaves one",
    ask: async (subject) => {
      const { standin } = subject;
      const number = someChange(subject);
      for (const drop of ["after", "during", "before"] as const) {
        const own = `<!-- trueup:${drop} -->`;
        standin.fault({ match: "comment.create", drop });
        await subject
          .open()
          .saveComment(number, own, `${own}\none`)
          .catch(() => undefined);
        standin.clearFaults();
        await subject.open().saveComment(number, own, `${own}\ntwo`);
        expect(withMarker(subject, number, own).map(({ body }) => body)).toEqual([`${own}\ntwo`]);
      }
    },
  },
  {
    says: "a create that took effect though the host said 502 leaves one",
    ask: async (subject) => {
      const { standin, forge } = subject;
      const number = someChange(subject);
      standin.fault({ match: "comment.create", status: 502, tookEffect: true });
      await forge.saveComment(number, marker, `${marker}\none`).catch(() => undefined);
      standin.clearFaults();
      await forge.saveComment(number, marker, `${marker}\ntwo`);
      expect(withMarker(subject, number).map(({ body }) => body)).toEqual([`${marker}\ntwo`]);
    },
  },
  {
    says: "edits that come faster than the host answers are coalesced, and the newest body stays",
    ask: async (subject) => {
      const { standin, forge } = subject;
      const number = someChange(subject);
      standin.jitter(7, 5);
      const answers = await Promise.all(Array.from({ length: 12 }, (_, index) => forge.saveComment(number, marker, `${marker}\nstate ${index}`)));
      expect(new Set(answers.map(({ id }) => id)).size).toBe(1);
      expect(withMarker(subject, number).map(({ body }) => body)).toEqual([`${marker}\nstate 11`]);
      expect(standin.requests.filter(({ purpose }) => purpose === "comment.edit" || purpose === "comment.create").length).toBeLessThan(8);
    },
  },
];

const limits: readonly Case[] = [
  {
    says: "a text that the host finds too long for a comment is refused, the longest that it takes is written; nothing is cut, and what was there stays",
    ask: async (subject) => {
      const { standin, forge } = subject;
      const number = someChange(subject);
      const longest = `${marker}\n`.padEnd(standin.policy.maxCommentLength, "x");
      expect((await problemOf(forge.saveComment(number, marker, `${longest}x`))).code).toBe("FORGE_REFUSED");
      expect(standin.comments(number)).toEqual([]);
      await forge.saveComment(number, marker, longest);
      expect((await problemOf(subject.open().saveComment(number, marker, `${longest}x`))).code).toBe("FORGE_REFUSED");
      expect(withMarker(subject, number).map(({ body }) => body === longest)).toEqual([true]);
    },
  },
];

const reactions: readonly Case[] = [
  {
    says: "one reaction of ours stands on a comment, and nobody else's is touched",
    where: ({ capabilities }) => capabilities.reactions,
    ask: async (subject) => {
      const { standin, forge, us } = subject;
      const number = someChange(subject);
      const comment = standin.comment("ann", number, "trueup apply");
      const shownFor: string[] = [];
      const random = randomOf(3);
      for (const reaction of ["seen", "done", "refused", "refused"] as const) {
        await (random() < 0.5 ? forge : subject.open()).react(number, comment, reaction);
        const ours = standin.reactions(comment).filter(({ by }) => by === us);
        expect(ours).toHaveLength(1);
        shownFor.push(ours[0]?.content ?? "");
        standin.react("bob", comment, ours[0]?.content ?? "");
      }
      expect(new Set(shownFor).size).toBe(3);
      expect(standin.reactions(comment).filter(({ by }) => by === "bob")).toHaveLength(4);
    },
  },
  {
    says: "a reaction is no edit",
    where: ({ capabilities }) => capabilities.reactions,
    ask: async (subject) => {
      const { standin, forge } = subject;
      const number = someChange(subject);
      const comment = standin.comment("ann", number, { body: "trueup apply", at: new Date(Date.now() - 60_000) });
      await forge.react(number, comment, "seen");
      expect((await forge.comments(number)).map(({ edited }) => edited)).toEqual([false]);
    },
  },
];

export const commentCases: readonly Case[] = [...reading, ...sticky, ...races, ...limits, ...reactions];
