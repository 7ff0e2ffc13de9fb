import type { Operation, PropertyChange, Shown } from "../../changes/index.ts";
import { maxValueUnits, textLines, type DiffLine } from "./text-diff.ts";
import { shownJson } from "./value.ts";
import { clipped, visible } from "./visible.ts";

const pathUnits = 200;

function side(shown: Shown): string {
  switch (shown.kind) {
    case "plain":
      return shownJson(shown.value, maxValueUnits);
    case "secret":
      return "[secret]";
    case "unknown":
      return "(known after apply)";
    case "absent":
      return "(absent)";
  }
}

export function shownPath(property: PropertyChange): string {
  return clipped(visible(property.path.slice(0, pathUnits * 2)), pathUnits);
}

/** "?" marks a replacement that the sandbox guessed. */
export function replaceRemark(property: PropertyChange): string {
  if (property.guessed) return " # forces replacement?";
  return property.replaces ? " # forces replacement" : "";
}

function isSecret({ before, after }: PropertyChange): boolean {
  return before.kind === "secret" || after.kind === "secret";
}

/** Both sides where both are text: long texts are compared, not cut alike. */
function bothTexts({ before, after }: PropertyChange): { readonly before: string; readonly after: string } | undefined {
  if (before.kind !== "plain" || after.kind !== "plain") return undefined;
  return typeof before.value === "string" && typeof after.value === "string" ? { before: before.value, after: after.value } : undefined;
}

function updateLines(property: PropertyChange): DiffLine[] {
  const { before, after } = property;
  const path = shownPath(property);
  const remark = replaceRemark(property);
  const texts = bothTexts(property);
  const long = texts === undefined ? undefined : textLines({ path, remark, ...texts });
  if (long !== undefined) return long;
  const lines: DiffLine[] = [];
  if (before.kind !== "absent") lines.push({ mark: "-", text: `${path}: ${side(before)}` });
  if (after.kind !== "absent") lines.push({ mark: "+", text: `${path}: ${side(after)}${remark}` });
  else if (remark !== "" || lines.length === 0) lines.push({ mark: "!", text: `${path}: removed${remark}` });
  return lines;
}

/** The full diff of one property: one line per side that there is. */
export function propertyLines(property: PropertyChange, operation: Operation): DiffLine[] {
  const path = shownPath(property);
  const remark = replaceRemark(property);
  if (operation === "create" || operation === "import")
    return [{ mark: "+", text: `${path}: ${isSecret(property) ? "[secret]" : side(property.after)}${remark}` }];
  if (operation === "delete") return [{ mark: "-", text: `${path}: ${isSecret(property) ? "[secret]" : side(property.before)}` }];
  if (isSecret(property)) return [{ mark: "!", text: `${path}: [secret] → [secret]${remark}` }];
  return updateLines(property);
}

/** `engineVersion "13.4" → "15.2"` on one line, for tables and the terminal. */
export function propertyText(property: PropertyChange, max: number): string {
  const secret = isSecret(property);
  const one = (shown: Shown): string => (secret ? "[secret]" : shown.kind === "plain" ? shownJson(shown.value, max) : side(shown));
  return `${one(property.before)} → ${one(property.after)}`;
}
