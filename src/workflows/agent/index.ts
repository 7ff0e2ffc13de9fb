export { runAgent, type AgentOptions, type Watched } from "./agent.ts";
export type { Tell } from "./events.ts";
export { Health } from "./health.ts";
export { metricTable } from "./metric-table.ts";
export { Metrics } from "./metrics.ts";
export { News } from "./news.ts";
export { readSettings, settingsOf, type AgentSettings, type GivenSettings } from "./settings.ts";
export { Turns } from "./turns.ts";
export { watchedOf } from "./watched.ts";
