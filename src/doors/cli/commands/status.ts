import { statusText } from "../../../domain/reports/index.ts";
import { environmentStatus } from "../../../workflows/status/index.ts";
import type { CommandSpec } from "../command.ts";
import { environmentOf, lookOf, withEstate } from "../work.ts";

export const statusCommand: CommandSpec = {
  name: "status",
  summary: "how an environment stands, answered from git alone",
  args: [["[environment]", "folder below environments/"]],
  flags: [["--env <name>", "the environment, instead of the first word"]],
  async run(context, args, flags) {
    const environment = environmentOf(args, flags);
    return withEstate(context, async (estate) => {
      const status = await environmentStatus(estate, environment);
      return { kind: "Status", data: status, text: statusText(status, lookOf(context)), exitCode: 0 };
    });
  },
};
