import type { AwsKeys } from "./sign.ts";

/** The keys that variables give as such; undefined where they are to be had another way (profiles, web identities, the metadata service), or not at all. */
export function keysIn(variables: Readonly<Record<string, string>>): AwsKeys | undefined {
  const [id, secret, session] = [variables["AWS_ACCESS_KEY_ID"], variables["AWS_SECRET_ACCESS_KEY"], variables["AWS_SESSION_TOKEN"]];
  if (id === undefined || secret === undefined || id === "" || secret === "") return undefined;
  return { id, secret, ...(session === undefined || session === "" ? {} : { session }) };
}
