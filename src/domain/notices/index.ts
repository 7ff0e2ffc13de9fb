export { newsFor, type Notice } from "./decide.ts";
export type { GoodRun, Incident, IncidentKind, Situation, Told, ToldIncident } from "./incidents.ts";
export { slackBody } from "./slack.ts";
export { webhookBody } from "./webhook.ts";
