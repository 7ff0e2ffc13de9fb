import { setTimeout as sleep } from "node:timers/promises";
import { Problem } from "../../src/base/problem/index.ts";
import { applyEnvironment } from "../../src/workflows/apply/index.ts";
import { Home } from "../journeys/estate.ts";
import { actingWith } from "./acting.ts";
import { onHost } from "./another-host.ts";

/** A runner on another host. It says so when it is about to start an engine that acts, and leaves a while to hold it still there; then how it ended. */
const [folder = "", name = "", faster = "", stopsItself = ""] = process.argv.slice(2);
const pauseMs = 2_000;

const say = (words: string): void => void process.stdout.write(`${words}\n`);
const home = new Home(folder);
const estate = await actingWith({ home }, async (up, site, limits) => {
  say("about to act");
  await sleep(pauseMs);
  return up(site, limits);
});
const end = await applyEnvironment(onHost(estate, { name, faster: Number(faster), stopsItself: stopsItself === "true" }), {
  environment: "dev",
  all: false,
}).then(
  (result) => result.problem?.code ?? result.end,
  (thrown: unknown) => (thrown instanceof Problem ? thrown.code : String(thrown)),
);
await home.close();
say(`ended: ${end}`);
