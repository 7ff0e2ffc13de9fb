import { describe, expect, test } from "vitest";
import type { EnvironmentRecord } from "../ledger/index.ts";
import { keptAsRecorded, keptNowhere } from "./other-backend.ts";

const keeping = (backend: string, name: string) => ({ backend, secrets: { provider: "passphrase", from: { kind: "variable", name } } as never });
const record = { backend: "s3://now/dev" };

describe("where the state of a stack is looked at", () => {
  const own = { ...keeping("s3://older/dev", "OLD"), name: "dev" };

  test("is as its own commit says, where that is the place on record; credentials and settings of the address are not on record", () => {
    expect(keptAsRecorded({ backend: "s3://older/dev" }, own, [keeping("s3://now/dev", "NEW")])).toBe(own);
    const withKeys = keeping("s3://now/dev?region=eu-central-1", "OLD");
    expect(keptAsRecorded(record, withKeys, [])).toBe(withKeys);
  });

  test("is as the first other one says that names that place, with what opens it; the rest of the commit stays", () => {
    const others = [keeping("s3://third/dev", "THIRD"), keeping("s3://now/dev?region=eu-central-1", "NEW"), keeping("s3://now/dev", "LATER")];
    expect(keptAsRecorded(record, own, others)).toEqual({ name: "dev", ...others[1] });
  });

  test("is nowhere where none names it, and who asks is told what to do", () => {
    expect(keptAsRecorded(record, own, [keeping("s3://third/dev", "THIRD")])).toBeUndefined();
    const live = { stacks: { shop: record } } as unknown as EnvironmentRecord;
    expect(keptNowhere(live, { environment: "dev", stack: "shop" }).lines).toEqual([
      "GUARD_REFUSED: its state is kept in s3://now/dev by the ledger, and neither its last commits nor the branch name that place: elsewhere an older copy of it may lie",
      "on dev.shop",
      "Nothing of it was touched. Name that place as `backend` in environments/dev/environment.ts again; then: trueup apply dev",
    ]);
  });
});
