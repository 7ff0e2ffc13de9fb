import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { auditTrail } from "./audit";

const config = new pulumi.Config();
const domain = config.require("domain");
const retentionDays = config.getNumber("auditRetentionDays") || 90;

const tags = {
  environment: config.require("environment"),
  owner: "network@acme.example",
  stack: pulumi.getStack(),
  "cost-centre": "4710",
};

const zone = new aws.route53.Zone("main", { name: domain, comment: "Made by the network team", tags });

// Nobody sends mail from here: say so, or others will.
new aws.route53.Record("no-mail", { zoneId: zone.zoneId, name: domain, type: "TXT", ttl: 3600, records: ["v=spf1 -all"] });

const trail = auditTrail("audit", { retentionDays, tags });

export const zoneId = zone.zoneId;
export const nameServers = zone.nameServers;
export const auditBucket = trail.bucket.bucket;
