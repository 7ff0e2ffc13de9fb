import { describe, expect, it } from "vitest";
import { commentLimits, previewComment, type PreviewReport } from "../index.ts";
import { dev, everything, failed, previewReport, stackReport, resource, staging, thrown } from "../golden/samples.ts";

const golden = (name: string): string => new URL(`../golden/${name}.md`, import.meta.url).pathname;
const comment = (reports: readonly PreviewReport[], payload?: string): string =>
  previewComment({ marker: "preview:acme/estate#12", reports, ...(payload === undefined ? {} : { payload }) }, commentLimits.github);

describe("the comment of a preview", () => {
  it("shows one environment in full: what to read first, the table, the folds, how we will know, what a merge does", async () => {
    await expect(comment([everything], "eyJmcCI6IjNmYTkifQ.c2ln")).toMatchFileSnapshot(golden("preview-one"));
  });

  it("shows several environments, the reddest first, and folds identical changes of nine stacks into one", async () => {
    await expect(comment([dev, staging, everything])).toMatchFileSnapshot(golden("preview-several"));
  });

  it("says what failed, where, on which resource, with the last 30 log lines and the command to try again", async () => {
    await expect(comment([failed])).toMatchFileSnapshot(golden("preview-failed-stack"));
  });

  it("is posted when nothing could be previewed at all", async () => {
    await expect(comment([{ ...dev, state: { kind: "failed", failure: thrown } }])).toMatchFileSnapshot(golden("preview-failed"));
  });

  it("says in one line that nothing would change", async () => {
    await expect(comment([dev])).toMatchFileSnapshot(golden("preview-no-change"));
  });

  it("says that a newer commit took over", async () => {
    await expect(comment([{ ...staging, stacks: [], state: { kind: "superseded", by: "abcdef0123456" } }])).toMatchFileSnapshot(golden("preview-superseded"));
  });

  it("keeps the riskiest in full and says what is left out when a thousand changes do not fit", async () => {
    const many = Array.from({ length: 1000 }, (_, index) =>
      resource("create", `aws:ec2/instance:Instance web-${index}`, { urn: `urn:${index}`, properties: [] }),
    );
    const report = previewReport("prod", [...everything.stacks, stackReport("fleet", many)]);
    const text = previewComment({ marker: "m", reports: [report] }, { units: 8_000, bytes: 24_000 });
    expect(text.length).toBeLessThanOrEqual(8_000);
    expect(text).toContain('+ engineVersion: "15.2" # forces replacement');
    expect(text).toMatch(/… and [\d,]+ more resources left out for size \(\d+ create\)/);
    await expect(text).toMatchFileSnapshot(golden("preview-too-large"));
  });

  it("counts what stands behind a number among the reasons that a row leaves out", () => {
    const reasons = [1, 2, 3, 4, 5].map((key) => `args.k${key} changed`);
    const stack = { ...stackReport("fleet", [resource("create", "aws:ec2/instance:Instance web", { urn: "urn:1" })]), reasons };
    const why = (all: readonly string[]): string => comment([previewReport("prod", [{ ...stack, reasons: all }])]);
    expect(why([...reasons, "15 more settings of it changed"])).toContain("| args.k1 changed, args.k2 changed, args.k3 changed and 17 more |");
    expect(why([...reasons, "15 apples changed"])).toContain("| args.k1 changed, args.k2 changed, args.k3 changed and 3 more |");
  });

  it("shows both sides of a secret as [secret]", () => {
    const text = comment([everything]);
    expect(text).toContain("! password: [secret] → [secret]");
  });
});
