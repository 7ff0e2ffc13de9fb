/** Ids of objects by a cloud's own list; `open`: a creation may still make one; undefined: this cloud has no such list of this type. */
export type Listed = readonly string[] | "open" | undefined;

/** Why nobody knows yet. */
export const stillOpen = "a creation of it is still under way: its server is held still, and ends it when it goes on";

/** Of what is listed, that which is not known already. */
export function besides(listed: Listed, known: ReadonlySet<string>): Listed {
  return listed === "open" ? listed : listed?.filter((id) => !known.has(id));
}

/** Whether a list has something, or may come to have it. */
export const mayHave = (listed: Listed): boolean => listed === "open" || (listed?.length ?? 0) > 0;
