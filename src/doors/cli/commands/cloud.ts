import { join } from "node:path";
import { Problem } from "../../../base/problem/index.ts";
import { openCloud, type Cloud, type CloudObject, type FaultKind, type Json } from "../../../satellites/sandbox-cloud/index.ts";
import type { CommandContext, CommandResult, CommandSpec, Given } from "../command.ts";
import { cloneRoot, numberFlag, textFlag } from "../work.ts";

const faultKinds: readonly FaultKind[] = ["latency", "throttle", "fail-before", "fail-after", "partial", "unhealthy", "hang"];
const operations = ["create", "read", "update", "delete"] as const;
const where = [
  ["--type <type>", "of this type: a token or its last word"],
  ["--account <id>", "in this account or cluster"],
] as const;

const cloudOf = (context: CommandContext): Cloud => openCloud(join(cloneRoot(context.directory), ".trueup", "cloud"));

function filterOf(flags: Given): { type?: string; account?: string } {
  const [type, account] = [textFlag(flags, "type"), textFlag(flags, "account")];
  return { ...(type === undefined ? {} : { type }), ...(account === undefined ? {} : { account }) };
}

const lineOf = (object: CloudObject): string =>
  `${object.type}  ${object.id}  ${object.account}${object.region === "-" ? "" : `/${object.region}`}${object.health === "healthy" ? "" : `  ${object.health}`}`;

/** A value as JSON where it is JSON, else as text: `3`, `true`, `{"a":1}`, `hello`. */
function valueOf(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return text;
  }
}

function oneOf<Word extends string>(words: readonly Word[], text: string | undefined, flag: string): Word | undefined {
  const found = words.find((word) => word === text);
  if (text === undefined || found !== undefined) return found;
  throw new Problem("USAGE", { what: `${flag} is not "${text}"`, on: "the command line", todo: `Use one of ${words.join(", ")}.` });
}

const changed = (kind: string, object: CloudObject, text: string): CommandResult => ({ kind, data: object, text, exitCode: 0 });

function addFault(cloud: Cloud, kind: FaultKind, flags: Given): CommandResult {
  const [type, urn, message] = [textFlag(flags, "type"), textFlag(flags, "urn"), textFlag(flags, "message")];
  const [onCall, times, latencyMs] = [numberFlag(flags, "onCall", 1), numberFlag(flags, "times", 1), numberFlag(flags, "latency", 0)];
  const op = oneOf(operations, textFlag(flags, "op"), "--op");
  const fault = cloud.fault.add({
    kind,
    ...(type === undefined ? {} : { type }),
    ...(urn === undefined ? {} : { urn }),
    ...(op === undefined ? {} : { op }),
    ...(onCall === undefined ? {} : { onCall }),
    ...(times === undefined ? {} : { times }),
    ...(latencyMs === undefined ? {} : { latencyMs }),
    ...(message === undefined ? {} : { message }),
  });
  return { kind: "Fault", data: fault, text: `fault ${fault.id}: ${fault.kind}`, exitCode: 0 };
}

const faultCommands: readonly CommandSpec[] = [
  {
    name: "add",
    summary: "make the cloud fail on purpose",
    args: [["<kind>", faultKinds.join(", ")]],
    flags: [
      ["--type <type>", "type tokens, * for any characters"],
      ["--urn <urn>", "urns, * for any characters"],
      ["--op <operation>", operations.join(", ")],
      ["--on-call <n>", "from the n-th matching call on"],
      ["--times <n>", "this often"],
      ["--latency <ms>", "for latency"],
      ["--message <text>", "what the cloud says"],
    ],
    async run(context, [kind], flags) {
      return addFault(cloudOf(context), oneOf(faultKinds, kind, "the kind") ?? "fail-before", flags);
    },
  },
  {
    name: "list",
    summary: "faults that are set",
    async run(context) {
      const faults = cloudOf(context).fault.list();
      return {
        kind: "Faults",
        data: faults,
        text:
          faults.length === 0
            ? "no faults"
            : faults.map((fault) => `${fault.id}  ${fault.kind}  ${fault.op ?? "writes"}  ${fault.type ?? fault.urn ?? "everything"}`).join("\n"),
        exitCode: 0,
      };
    },
  },
  {
    name: "clear",
    summary: "take one fault away, or all",
    args: [["[id]", "as list shows it"]],
    async run(context, [id]) {
      const gone = cloudOf(context).fault.clear(id);
      return { kind: "Faults", data: { cleared: gone }, text: `${gone} cleared`, exitCode: 0 };
    },
  },
  {
    name: "health",
    summary: "make an object healthy or not, as its verify check will see",
    args: [
      ["<object>", "id, urn or name"],
      ["<health>", "healthy, unhealthy or any word"],
    ],
    flags: where,
    async run(context, [ref = "", health = "healthy"], flags) {
      const object = cloudOf(context).setHealth(ref, health, filterOf(flags));
      return changed("Object", object, `${object.type} ${object.id} is ${object.health}`);
    },
  },
];

export const cloudCommand: CommandSpec = {
  name: "cloud",
  summary: "the sandbox cloud of this clone: look at it, change it by hand, make it fail",
  subcommands: [
    {
      name: "list",
      summary: "the objects that are live",
      flags: where,
      async run(context, _args, flags) {
        const objects = cloudOf(context).list(filterOf(flags));
        return {
          kind: "Objects",
          data: objects.map(({ type, id, account, region, health, createdBy }) => ({ type, id, account, region, health, createdBy })),
          text: objects.length === 0 ? "the sandbox cloud is empty" : objects.map(lineOf).join("\n"),
          exitCode: 0,
        };
      },
    },
    {
      name: "show",
      summary: "one object, with everything that is known of it",
      args: [["<object>", "id, urn or name"]],
      flags: where,
      async run(context, [ref = ""], flags) {
        const object = cloudOf(context).show(ref, filterOf(flags));
        return changed("Object", object, `${lineOf(object)}\n${JSON.stringify(object.properties, undefined, 2)}`);
      },
    },
    {
      name: "set",
      summary: "change a property by hand: this is how drift is made",
      args: [
        ["<object>", "id, urn or name"],
        ["<path>", "as spec.replicas or tags.owner"],
        ["<value>", "JSON or text"],
      ],
      flags: where,
      async run(context, [ref = "", path = "", value = ""], flags) {
        const object = cloudOf(context).set(ref, path, valueOf(value), filterOf(flags));
        return changed("Object", object, `set ${path} of ${object.type} ${object.id} to ${value}`);
      },
    },
    {
      name: "delete",
      summary: "delete an object by hand",
      args: [["<object>", "id, urn or name"]],
      flags: where,
      async run(context, [ref = ""], flags) {
        const object = cloudOf(context).delete(ref, filterOf(flags));
        return changed("Object", object, `deleted ${object.type} ${object.id}`);
      },
    },
    { name: "fault", summary: "failures on purpose", subcommands: faultCommands },
    {
      name: "ledger",
      summary: "every create, update and delete, in order",
      async run(context) {
        const entries = cloudOf(context).ledger();
        return {
          kind: "CloudLedger",
          data: entries,
          text: entries.map((entry) => `${entry.seq}  ${entry.time}  ${entry.actor}  ${entry.op} ${entry.phase}  ${entry.type}  ${entry.id}`).join("\n"),
          exitCode: 0,
        };
      },
    },
  ],
};
