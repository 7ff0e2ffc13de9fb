import { Problem } from "../../base/problem/index.ts";

export const apiVersion = "trueup/v1";

/** The versioned form of every `-o json` and `-o yaml`. What scripts read stays where it is for all of `trueup/v1`; new fields may join. */
export type Envelope<Data> = { readonly apiVersion: typeof apiVersion; readonly kind: string } & (
  | { readonly data: Data }
  | { readonly error: ReturnType<Problem["toJSON"]> }
);

/** Results are under `data`; a Problem is under `error` as `{code, message, on, hint, docs}`. */
export function envelope<Data>(kind: string, data: Data): Envelope<Data> {
  return data instanceof Problem ? { apiVersion, kind, error: data.toJSON() } : { apiVersion, kind, data };
}
