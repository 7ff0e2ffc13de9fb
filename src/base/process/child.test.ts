import { describe, expect, it } from "vitest";
import { runChild } from "./child.ts";
import { killSession, sessionMembers } from "./session.ts";

const options = { cwd: "/", env: { PATH: "/usr/bin:/bin" }, deadlineMs: 20_000, graceMs: 200 };

describe("a child program", () => {
  it("keeps its exit code and both outputs", async () => {
    expect(await runChild(["sh", "-c", "echo out; echo err >&2; exit 3"], options)).toMatchObject({
      exitCode: 3,
      stdout: "out\n",
      stderr: "err\n",
      endedBy: "itself",
    });
  });

  it("sees no variable that was not given to it", async () => {
    const { stdout } = await runChild(["env"], { ...options, env: { PATH: "/usr/bin:/bin", ONE: "1" } });
    expect(
      stdout
        .split("\n")
        .filter((line) => line !== "" && !/^(PWD|SHLVL|_)=/.test(line))
        .sort(),
    ).toEqual(["ONE=1", "PATH=/usr/bin:/bin"]);
  });

  it("does not keep us waiting for what it left running, and leaves nothing running", async () => {
    let session = 0;
    const result = await runChild(["sh", "-c", "sleep 60 & exit 0"], { ...options, onSession: (id) => (session = id) });
    expect(result.durationMs).toBeLessThan(5_000);
    expect(sessionMembers(session)).toEqual([]);
  });

  it("is killed with its whole session when it ignores INT and TERM at its deadline", async () => {
    let session = 0;
    const result = await runChild(["sh", "-c", "trap '' INT TERM; sleep 60; sleep 60"], { ...options, deadlineMs: 100, onSession: (id) => (session = id) });
    expect(result).toMatchObject({ endedBy: "deadline", signal: "SIGKILL" });
    expect(sessionMembers(session)).toEqual([]);
  });

  it("ends by itself when it is cancelled and listens", async () => {
    const cancel = new AbortController();
    setTimeout(() => cancel.abort(), 100);
    const result = await runChild(["sh", "-c", "trap 'exit 7' INT; while :; do sleep 0.05; done"], { ...options, graceMs: 5_000, signal: cancel.signal });
    expect(result).toMatchObject({ endedBy: "cancel", exitCode: 7 });
  });

  it("cannot fill our memory: what is over the cap is counted, not kept", async () => {
    const result = await runChild(["head", "-c", "5000000", "/dev/zero"], { ...options, outputCap: 1_000 });
    expect(result.stdout).toHaveLength(1_000);
    expect(result.dropped).toBe(4_999_000);
  });

  it("does not run before it may, and never when it may not; it can be killed meanwhile", async () => {
    const told: string[] = [];
    const asked = { ...options, onSession: (id: number) => void told.push(`${sessionMembers(id).length} there`) };
    const ran = await runChild(["sh", "-c", "echo ran; read -r more || echo no more"], { ...asked, mayBegin: async () => void told.push("asked") });
    expect([told, ran]).toEqual([["1 there", "asked"], expect.objectContaining({ exitCode: 0, stdout: "ran\nno more\n" })]);
    await expect(
      runChild(["sh", "-c", "echo ran"], { ...asked, onStdout: () => void told.push("ran"), mayBegin: () => Promise.reject(new Error("no")) }),
    ).rejects.toThrow("no");
    let session = 0;
    const killed = await runChild(["sh", "-c", "echo ran"], {
      ...options,
      onSession: (id) => (session = id),
      mayBegin: () => killSession(session).then(() => undefined),
    });
    expect([told.length, killed.stdout, killed.signal]).toEqual([3, "", "SIGKILL"]);
  });

  it("that is not there is an error, not an exit code", async () => {
    await expect(runChild(["no-such-program"], options)).rejects.toMatchObject({ code: "ENOENT" });
  });
});
