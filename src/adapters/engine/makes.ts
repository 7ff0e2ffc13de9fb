import type { Scrubber } from "../../base/secret/index.ts";
import { objectNamed } from "../../domain/recovery/index.ts";
import type { Collected } from "./collect.ts";
import type { StepMetadata } from "./event.ts";
import type { WouldMake } from "./port.ts";
import { isEngineOwn } from "./steps.ts";

/** What the engine writes where a value is not known yet. */
const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** A name that was drawn for this preview alone is nobody's; one that is masked or unknown is none. */
function nameOf({ type, new: made }: StepMetadata, scrubber: Scrubber): string | undefined {
  const named = objectNamed(type, made?.inputs ?? {});
  if (named === undefined || named.isDrawn || named.id.includes(unknown) || named.id.includes("[secret]")) return undefined;
  return scrubber.scrub(named.id) === named.id ? named.id : undefined;
}

/** Everything that a preview would create, the engine's own bookkeeping left out. */
export function makesOf({ steps }: Pick<Collected, "steps">, scrubber: Scrubber): readonly WouldMake[] {
  const found = new Map<string, WouldMake>();
  for (const { planning, metadata } of steps) {
    if (!planning || metadata.op !== "create" || isEngineOwn(metadata)) continue;
    const { urn, type, provider = "", new: made } = metadata;
    const parent = made?.parent ?? "";
    const named = nameOf(metadata, scrubber);
    found.set(urn, {
      urn,
      type,
      isCustom: made?.custom === true,
      provider: provider.split("::").slice(0, -1).join("::"),
      ...(parent === "" ? {} : { parent }),
      ...(named === undefined ? {} : { named }),
    });
  }
  return [...found.values()];
}
