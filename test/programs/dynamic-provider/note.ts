import * as pulumi from "@pulumi/pulumi";
import * as crypto from "crypto";
import * as fs from "fs";
import * as path from "path";

export interface NoteInputs {
  folder: pulumi.Input<string>;
  title: pulumi.Input<string>;
  lines: pulumi.Input<pulumi.Input<string>[]>;
}

interface NoteProps {
  folder: string;
  title: string;
  lines: string[];
}

function write(file: string, { title, lines }: NoteProps) {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, [`# ${title}`, ...lines].join("\n"));
}

function outs(file: string, props: NoteProps) {
  return { ...props, file, words: props.lines.join(" ").split(/\s+/).length };
}

class NoteProvider implements pulumi.dynamic.ResourceProvider<NoteProps, any> {
  async check(_olds: NoteProps, news: NoteProps) {
    const failures = news.title === "" ? [{ property: "title", reason: "a note needs a title" }] : [];
    return { inputs: news, failures };
  }

  async diff(_id: string, olds: NoteProps, news: NoteProps) {
    const moved = olds.folder !== news.folder;
    const changes = moved || olds.title !== news.title || JSON.stringify(olds.lines) !== JSON.stringify(news.lines);
    return { changes, replaces: moved ? ["folder"] : [], deleteBeforeReplace: false };
  }

  async create(inputs: NoteProps) {
    const id = crypto.randomUUID();
    const file = path.join(inputs.folder, `${id}.md`);
    write(file, inputs);
    return { id, outs: outs(file, inputs) };
  }

  async read(id: string, props: any) {
    if (!fs.existsSync(props.file)) return { id: "", props: {} };
    const [title, ...lines] = fs.readFileSync(props.file, "utf8").split("\n");
    const live = { folder: props.folder, title: title.replace(/^# /, ""), lines };
    return { id, props: outs(props.file, live), inputs: live };
  }

  async update(_id: string, olds: any, news: NoteProps) {
    write(olds.file, news);
    return { outs: outs(olds.file, news) };
  }

  async delete(_id: string, props: any) {
    fs.rmSync(props.file, { force: true });
  }
}

/** A text file in a folder. */
export class Note extends pulumi.dynamic.Resource {
  public readonly file!: pulumi.Output<string>;
  public readonly title!: pulumi.Output<string>;
  public readonly words!: pulumi.Output<number>;

  constructor(name: string, args: NoteInputs, opts?: pulumi.CustomResourceOptions) {
    super(new NoteProvider(), name, { file: undefined, words: undefined, ...args }, opts, "office", "Note");
  }
}
