import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Host } from "../../src/base/host/index.ts";
import { JournalWriter } from "../../src/workflows/ledger/journal.ts";
import type { HolderProof, Owner } from "../../src/workflows/ledger/lease.ts";
import { ownerOn } from "../../src/workflows/ledger/owner.ts";
import { proveHolder } from "../../src/workflows/ledger/proof.ts";
import type { Lease } from "../../src/workflows/ledger/schema.ts";

/** A process that does nothing, and leads a session of its own. */
export interface Sleeper {
  readonly pid: number;
  /** SIGSTOP. Seen when it returns. */
  hold(): Promise<void>;
  /** It ends by itself, and is reaped when this returns. */
  end(): Promise<void>;
}

/** One machine, as two of its processes have it. */
export interface HostSubject {
  readonly host: Host;
  readonly neighbour: Host;
  sleeper(): Promise<Sleeper>;
  /** A folder for files of its own; it is there. */
  readonly folder: string;
  close(): Promise<void>;
}

/** What proves who lives and keeps what was seen, whichever machine it is: the real one and a simulated one. */
export function hostContract(name: string, begin: () => Promise<HostSubject>): void {
  describe(`a host, ${name}`, () => {
    let subject: HostSubject;
    beforeAll(async () => {
      subject = await begin();
    });
    afterAll(() => subject.close());

    describe("its processes", () => {
      test("know themselves, their boot, and each other", () => {
        const { processes } = subject.host;
        const { pid, startTicks } = processes.self();
        expect(processes.facts(pid)).toMatchObject({ startTicks });
        expect(processes.here()).toEqual(subject.neighbour.processes.here());
        expect(Object.values(processes.here())).toEqual([expect.stringMatching(/./), expect.stringMatching(/./)]);
        expect(processes.uptimeS()).toBeGreaterThanOrEqual(startTicks / 100);
      });

      test("of one that began later the start is later, and by the clock that counts from boot", async () => {
        const { processes } = subject.host;
        const [before, sleeper] = [processes.uptimeS(), await subject.sleeper()];
        const { startTicks = 0 } = processes.facts(sleeper.pid) ?? {};
        // A tick is a hundredth of a second.
        expect(startTicks / 100).toBeGreaterThanOrEqual(before - 0.02);
        expect(startTicks / 100).toBeLessThanOrEqual(processes.uptimeS() + 0.02);
        await sleeper.end();
      });

      test("one that lives is a member of its session, also held still; one that has ended is nowhere", async () => {
        const { processes } = subject.host;
        const sleeper = await subject.sleeper();
        const began = processes.facts(sleeper.pid)?.startTicks;
        expect([processes.members(sleeper.pid), typeof began]).toEqual([[sleeper.pid], "number"]);
        await sleeper.hold();
        expect(processes.facts(sleeper.pid)).toMatchObject({ state: "T", startTicks: began });
        expect(subject.neighbour.processes.members(sleeper.pid)).toEqual([sleeper.pid]);
        await sleeper.end();
        expect([processes.facts(sleeper.pid), processes.members(sleeper.pid)]).toEqual([undefined, []]);
      });

      test("a session is killed whole, also held still, and no other one; of one that is empty nothing is left to kill", async () => {
        const { processes } = subject.host;
        const [one, held, other] = [await subject.sleeper(), await subject.sleeper(), await subject.sleeper()];
        await held.hold();
        expect([await processes.kill(one.pid), await processes.kill(held.pid), await processes.kill(one.pid)]).toEqual([true, true, true]);
        expect([processes.members(one.pid), processes.members(held.pid), processes.members(other.pid)]).toEqual([[], [], [other.pid]]);
        await other.end();
      });
    });

    describe("its files", () => {
      const at = (path: string): string => join(subject.folder, path);

      test("what is not there is read as nothing, and so is a folder", async () => {
        const { files } = subject.host;
        await files.write(at("some/file"), "x");
        expect([await files.read(at("none")), await files.read(at("some")), await files.list(at("nowhere"))]).toEqual([undefined, undefined, []]);
      });

      test("what one process wrote every other reads, in place of what was there", async () => {
        await subject.host.files.write(at("deep/er/one"), "first");
        await subject.neighbour.files.write(at("deep/er/one"), "second");
        expect(await subject.host.files.read(at("deep/er/one"))).toBe("second");
      });

      test("a folder tells the names in it, folders too, sorted, and nothing below", async () => {
        const { files } = subject.host;
        for (const path of ["list/b", "list/c/d/e", "list/a"]) await files.write(at(path), "x");
        expect(await subject.neighbour.files.list(at("list"))).toEqual(["a", "b", "c"]);
      });

      test("lines are added one after the other, and seen at once; to a folder that nobody made none is", async () => {
        const { files } = subject.host;
        const path = at("log/lines");
        expect(() => files.append(path, "lost")).toThrow(/log/);
        expect(() => files.sync(path)).toThrow(/log/);
        files.prepare(path);
        files.append(path, "one");
        files.sync(path);
        files.append(path, "two");
        files.syncSoon(path);
        expect(await subject.neighbour.files.read(path)).toBe("one\ntwo\n");
        subject.neighbour.files.append(path, "three");
        expect(await files.read(path)).toBe("one\ntwo\nthree\n");
      });

      test("what is removed is gone, and once more is no failure; its folder stays, and so lines can be added again", async () => {
        const { files } = subject.host;
        const path = at("gone/file");
        await files.write(path, "x");
        await files.remove(path);
        await files.remove(path);
        expect([await files.read(path), await files.list(at("gone"))]).toEqual([undefined, []]);
        files.append(path, "again");
        expect(await files.read(path)).toBe("again\n");
      });

      test("what it draws is as long as it was asked for, and another each time", () => {
        const drawn = [subject.host.random(8), subject.host.random(8)];
        expect(drawn).toEqual([expect.stringMatching(/^[0-9a-f]{16}$/), expect.stringMatching(/^[0-9a-f]{16}$/)]);
        expect(new Set(drawn).size).toBe(2);
      });
    });

    describe("what can be proved of a lease's holder from it", () => {
      const silent = { kind: "silent", forMs: 7 };
      const me = (): Owner => ownerOn(subject.host, { host: "here", who: "me" });
      const times = { acquiredAt: "2026-11-20T10:00:00.000Z", renewedAt: "2026-11-20T10:00:00.000Z", expiresAt: "2026-11-20T10:10:00.000Z" };
      /** The lease of another process of this host. */
      const leaseOf = ({ pid }: Sleeper): Lease => {
        const startTicks = subject.host.processes.facts(pid)?.startTicks ?? 0;
        return { ...me(), owner: "bb", who: "a job", pid, startTicks, run: "run-1", fencing: 1, ...times };
      };
      const journalOf = (lease: Lease): { readonly file: string; readonly writer: JournalWriter } => {
        const file = join(subject.folder, `sessions-${lease.pid}.jsonl`);
        const writer = new JournalWriter(file, subject.neighbour);
        writer.begin(lease, lease.run);
        return { file, writer };
      };
      const prove = (lease: Lease, sessionsFile: string): Promise<HolderProof> =>
        proveHolder(lease, me(), { host: subject.host, sessionsFile, silentMs: 7, proofs: [] });

      test("one that lives is alive, also held still: its engines are left alone", async () => {
        const [holder, running] = [await subject.sleeper(), await subject.sleeper()];
        const lease = leaseOf(holder);
        const { file, writer } = journalOf(lease);
        writer.session({ session: running.pid, at: 0 });
        expect(await prove(lease, file)).toEqual({ kind: "alive" });
        await holder.hold();
        expect([await prove(lease, file), subject.host.processes.members(running.pid)]).toEqual([{ kind: "alive" }, [running.pid]]);
        for (const one of [holder, running]) await one.end();
      });

      test("one that is gone is dead once the engines that it noted are killed; what it did not note is left alone", async () => {
        const [holder, running, held, stranger] = [await subject.sleeper(), await subject.sleeper(), await subject.sleeper(), await subject.sleeper()];
        const lease = leaseOf(holder);
        const { file, writer } = journalOf(lease);
        for (const one of [running, held]) writer.session({ session: one.pid, at: 0 });
        await held.hold();
        await holder.end();
        const how = `process ${holder.pid} on here is gone, 2 engine sessions it left were killed`;
        expect(await prove(lease, file)).toEqual({ kind: "dead", how });
        const { processes } = subject.host;
        expect([running, held, stranger].map(({ pid }) => processes.members(pid))).toEqual([[], [], [stranger.pid]]);
        await stranger.end();
      });

      test("whose number was given to another process is gone, and of that one nothing is touched", async () => {
        const [another, running] = [await subject.sleeper(), await subject.sleeper()];
        const lease = { ...leaseOf(another), startTicks: leaseOf(another).startTicks - 1 };
        const { file } = journalOf(lease);
        // The same of an engine: what has its number now began at another time.
        subject.neighbour.files.append(file, JSON.stringify({ session: running.pid, startTicks: leaseOf(running).startTicks - 1, at: 0 }));
        expect(await prove(lease, file)).toEqual({ kind: "dead", how: `process ${another.pid} on here is gone` });
        expect([another, running].map(({ pid }) => subject.host.processes.members(pid))).toEqual([[another.pid], [running.pid]]);
        for (const one of [another, running]) await one.end();
      });

      test("of one that is gone and noted nothing, and of one elsewhere, only the silence is known", async () => {
        const holder = await subject.sleeper();
        const lease = leaseOf(holder);
        const { file } = journalOf(lease);
        await holder.end();
        expect(await prove({ ...lease, host: "elsewhere" }, file)).toEqual(silent);
        expect(await prove({ ...lease, pidNamespace: "another" }, file)).toEqual(silent);
        expect(await prove(lease, join(subject.folder, "none.jsonl"))).toEqual(silent);
      });

      test("one of an earlier boot of this host is dead by its own journal on this disk, and by no other's", async () => {
        const holder = await subject.sleeper();
        const lease = { ...leaseOf(holder), boot: "the one before" };
        const { file } = journalOf(lease);
        expect(await prove(lease, file)).toEqual({ kind: "dead", how: "here was started again since" });
        expect(await prove({ ...lease, owner: "cc" }, file)).toEqual(silent);
        await holder.end();
      });
    });
  });
}
