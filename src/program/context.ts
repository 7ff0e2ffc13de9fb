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
      on: `${selection.file}, stacks.${selection.stackName}`, todo: `Declared here: ${known.join(", ")}.`,
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
  throw new Problem("STACK_PATH_MISSING", { what: `no Pulumi project at ${folder}: its name is needed to read its outputs`, on: file, todo: `Put its Pulumi.yaml at ${folder}.` });
}

function unknownOutput(): pulumi.Output<unknown> {
  return pulumi.output(pulumi.unknown);
}

/** Whether the engine has a stack of this name. A StackReference to one that it does not have would fail the whole program. */
async function exists(full: string): Promise<boolean> {
  try {
    await pulumi.runtime.invoke("pulumi:pulumi:getStack", { name: full });
    return true;
  } catch {
    return false;
  }
}

/** Two copies of one reference would be two resources of one name: they are made once per program. */
function references(selection: Selection): (name: string) => Promise<pulumi.StackReference | undefined> {
  const made = new Map<string, Promise<pulumi.StackReference | undefined>>();
  return (name) => {
    const known = made.get(name);
    if (known !== undefined) return known;
    const full = fullName(selection, name);
    const reference = pulumi.runtime.isDryRun()
      ? exists(full).then((there) => (there ? new pulumi.StackReference(full) : undefined))
      : Promise.resolve(new pulumi.StackReference(full));
    made.set(name, reference);
    return reference;
  };
}

async function readOutput(reference: pulumi.StackReference | undefined, name: string, key: string): Promise<pulumi.Output<unknown>> {
  if (reference === undefined) return unknownOutput();
  const value: pulumi.Output<unknown> = reference.getOutput(key);
  const isThere = reference.outputs.apply((outputs: Readonly<Record<string, unknown>>) => Object.hasOwn(outputs, key));
  return pulumi.all([isThere, value]).apply(([there, found]) => {
    if (there) return pulumi.output(found);
    // A preview may run before the other stack has the program that returns it.
    if (pulumi.runtime.isDryRun()) return unknownOutput();
    throw new pulumi.RunError(`STACK_UNKNOWN: the stack "${name}" has no output "${key}"\non ${reference.urn}\nApply "${name}" first, or read another output.`);
  });
}

/** What a program knows of where it runs; see StackContext. `marks` say what a preview must not take for known. */
export function contextOf(selection: Selection, marks: RunMarks): StackContext {
  const refer = references(selection);
  const marked = (name: string, key: string): boolean =>
    pulumi.runtime.isDryRun() && (marks.stacks.includes(name) || (Object.hasOwn(marks.outputs, name) && marks.outputs[name]?.includes(key) === true));
  return Object.freeze({
    environment: selection.environment,
    stackName: selection.stackName,
    stack<P extends StackProgram>(name: string): StackReader<OutputsOf<P>> {
      fullName(selection, name);
      return {
        output<Key extends keyof OutputsOf<P> & string>(key: Key) {
          const value = marked(name, key) ? unknownOutput() : pulumi.output(refer(name).then((reference) => readOutput(reference, name, key)));
          // What another stack's program returned is typed by that program; the engine hands it over as plain data.
          return value as pulumi.Output<pulumi.Unwrap<OutputsOf<P>[Key]>>;
        },
      };
    },
  });
}
