import * as path from "path";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { Note } from "./note";

const config = new pulumi.Config();
const folder = path.resolve(config.require("folder"));

const pet = new random.RandomPet("greeter", { length: 2 });
const token = new random.RandomPassword("token", { length: 12, special: false });

const welcome = new Note("welcome", { folder, title: "Welcome", lines: ["Hello,", pulumi.interpolate`yours ${pet.id}`] });
const rules = new Note("rules", { folder, title: "Rules", lines: ["No shoes on the tables."] }, { dependsOn: welcome });
const key = new Note("key", { folder, title: "Key", lines: [token.result] }, { additionalSecretOutputs: ["lines"] });

export const files = [welcome, rules, key].map((note) => note.file);
export const words = pulumi.all([welcome.words, rules.words]).apply((counts) => counts.reduce((a, b) => a + b, 0));
