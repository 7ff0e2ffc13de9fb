import * as pulumi from "@pulumi/pulumi";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { didYouMean, Problem } from "../base/problem/index.ts";
import type { OutputsOf, StackContext, StackProgram, StackReader } from "../declare/index.ts";
import type { RunMarks } from "./marks.ts";
import type { Selection } from "./selection.ts";

/** The full name by which the engine finds the state of a declared stack. */
function fullName(selection: Selection, name: string): string {
  const entry = Object.hasOwn(selection.stacks, name) ? selection.stacks[name] : undefined;
  if (entry === undefined) {
    const known = Object.keys(selection.stacks);
    throw new Problem("STACK_UNKNOWN", {
      what: `the program reads a stack "${name}" that the environment does not declare.${didYouMean(name, known)}`,
      on: `${selection.file}, stacks.${selection.stackName}`,
      todo: `Declared here: ${known.join(", ")}.`,
    });
  }
  if (entry.kind === "stack") return `${pulumi.getOrganization()}/${pulumi.getProject()}/${selection.environment}.${name}`;
  return `${pulumi.getOrganization()}/${projectName(selection, entry.path)}/${entry.stack}`;
}

function projectName({ root, file }: Selection, folder: string): string {
  for (const manifest of ["Pulumi.yaml", "Pulumi.yml"]) {
    try {
      const name = /^name:[ \t]*["']?([^"'\s#]+)/m.exec(readFileSync(join(root, folder, manifest), "utf8"))?.[1];
      if (name !== undefined) return name;
    } catch {
      // the other spelling
    }
  }
  throw new Problem("STACK_PATH_MISSING", {
    what: `no Pulumi project at ${folder}: its name is needed to read its outputs`,
    on: file,
    todo: `Put its Pulumi.yaml at ${folder}.`,
  });
}

function unknownOutput(): pulumi.Output<unknown> {
  return pulumi.output(pulumi.unknown);
}

interface Source {
  /** undefined while the engine has no such stack: a StackReference to it would fail the whole program. */
  readonly reference: pulumi.StackReference | undefined;
  readonly keys: ReadonlySet<string>;
}

/**
 * Asks the engine which outputs a stack has before making the reference. Names only: a reference's `outputs` as a whole are secret as soon
 * as one of them is, and looking a name up there would make every output a secret.
 */
async function openSource(full: string): Promise<Source> {
  let outputs: unknown;
  try {
    const answer: unknown = await pulumi.runtime.invoke("pulumi:pulumi:readStackOutputs", { name: full });
    outputs = typeof answer === "object" && answer !== null && "outputs" in answer ? answer.outputs : undefined;
  } catch {
    return { reference: undefined, keys: new Set() };
  }
  return { reference: new pulumi.StackReference(full), keys: new Set(Object.keys(typeof outputs === "object" && outputs !== null ? outputs : {})) };
}

function readOutput({ reference, keys }: Source, name: string, key: string): pulumi.Output<unknown> {
  if (reference !== undefined && keys.has(key)) return reference.getOutput(key);
  // A preview may run before the other stack is there, or has the program that returns it.
  if (pulumi.runtime.isDryRun()) return unknownOutput();
  const what = reference === undefined ? `the stack "${name}" does not exist` : `the stack "${name}" has no output "${key}"`;
  throw new pulumi.RunError(`STACK_UNKNOWN: ${what}\non what this program reads of it\nApply "${name}" first, or read another output.`);
}

/** What a program knows of where it runs; see StackContext. `marks` say what a preview must not take for known. */
export function contextOf(selection: Selection, marks: RunMarks): StackContext {
  // Two references of one name would be two resources of one name: they are made once per program.
  const sources = new Map<string, Promise<Source>>();
  const marked = (name: string, key: string): boolean =>
    pulumi.runtime.isDryRun() && (marks.stacks.includes(name) || (Object.hasOwn(marks.outputs, name) && marks.outputs[name]?.includes(key) === true));
  return Object.freeze({
    environment: selection.environment,
    stackName: selection.stackName,
    stack<P extends StackProgram>(name: string): StackReader<OutputsOf<P>> {
      const full = fullName(selection, name);
      const source = (): Promise<Source> => {
        const known = sources.get(full) ?? openSource(full);
        sources.set(full, known);
        return known;
      };
      return {
        output<Key extends keyof OutputsOf<P> & string>(key: Key) {
          const value = marked(name, key) ? unknownOutput() : pulumi.output(source().then((found) => readOutput(found, name, key)));
          // What another stack's program returned is typed by that program; the engine hands it over as plain data.
          return value as pulumi.Output<pulumi.Unwrap<OutputsOf<P>[Key]>>;
        },
      };
    },
  });
}
