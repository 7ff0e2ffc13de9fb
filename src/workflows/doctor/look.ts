import { asProblem } from "../../base/problem/index.ts";
import type { Looked } from "../../domain/doctor/index.ts";

/** Looks at one thing; that it could not be looked at is an answer too, and keeps nothing else from being looked at. */
export async function look<Value>(on: string, work: () => Promise<Value> | Value): Promise<Looked<Value>> {
  try {
    return { value: await work() };
  } catch (thrown) {
    return { problem: asProblem(thrown, on) };
  }
}
