import type { InvokeDeclaration, Member, Members, ResourceDeclaration } from "./shape.ts";
import { bracesAfter, membersOf, typeOf, withoutComments } from "./typeText.ts";

const memberLine = /readonly (\w+)(\??): ((?:[^;{}]|\{[^{}]*\})*);/g;

function interfaceMembers(text: string, name: string): Members {
  const found = new RegExp(`export interface ${name}\\b`).exec(text);
  const braces = found === null ? undefined : bracesAfter(text, found.index);
  return braces === undefined ? {} : membersOf(braces);
}

function outputsOf(text: string, name: string): Members {
  const found = new RegExp(`export declare class ${name}\\b`).exec(text);
  const body = found === null ? undefined : bracesAfter(text, found.index);
  const members: Record<string, Member> = {};
  for (const match of (body ?? "").matchAll(memberLine)) {
    const member = typeOf(match[3] ?? "any");
    members[match[1] ?? ""] = { shape: member.shape, optional: member.optional || match[2] === "?" };
  }
  delete members["urn"];
  return members;
}

/** Some inputs say in their own comment that a change of them makes a new resource. */
function documentedReplacements(text: string, name: string): string[] {
  const start = text.indexOf(`export interface ${name}Args `);
  if (start < 0) return [];
  const found: string[] = [];
  for (const match of text.slice(start).matchAll(/\/\*\*([\s\S]*?)\*\/\s*(\w+)\??:/g)) {
    if (/forces? (?:a )?(?:new|replacement)|forces? the (?:creation|replacement)|creates? a new resource/i.test(match[1] ?? "")) found.push(match[2] ?? "");
  }
  return found;
}

/** Reads one resource's `.d.ts`; undefined when it does not declare that class. */
export function readResource(source: string, token: string, name: string): ResourceDeclaration | undefined {
  const text = withoutComments(source);
  if (!new RegExp(`export declare class ${name}\\b`).test(text)) return undefined;
  return {
    token,
    inputs: interfaceMembers(text, `${name}Args`),
    outputs: outputsOf(text, name),
    replaceDocumented: documentedReplacements(source, name),
  };
}

/** Reads one function's `.d.ts`; undefined when there is no `interface NameResult`. */
export function readInvoke(source: string, token: string, name: string): InvokeDeclaration | undefined {
  const text = withoutComments(source);
  const upper = name.slice(0, 1).toUpperCase() + name.slice(1);
  if (!text.includes(`export interface ${upper}Result `)) return undefined;
  return { token, arguments: interfaceMembers(text, `${upper}Args`), result: interfaceMembers(text, `${upper}Result`) };
}
