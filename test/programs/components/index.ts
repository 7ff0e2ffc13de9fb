import * as pulumi from "@pulumi/pulumi";
import { Queue, QueueArgs } from "./queue";
import { WebService } from "./webService";

const common: Omit<QueueArgs, "consumers"> = { retentionDays: 4, tags: { CostCentre: "4711" } };

// Everything in the program gets an owner, wherever it was made.
pulumi.runtime.registerStackTransformation(({ type, props, opts }) => {
  if (type === "aws:sqs/queue:Queue" || type === "aws:ecs/cluster:Cluster") {
    return { props: { ...props, tags: { ...props["tags"], Owner: "platform" } }, opts };
  }
  return undefined;
});

const orders = new Queue("orders", { ...common, consumers: ["billing", "shipping"] });
const mails = new Queue("mails", { ...common, retentionDays: 1, consumers: [] }, { aliases: [{ name: "emails" }] });

const shop = new WebService("shop", { image: "nginx:1.27", port: 80, environment: { ORDERS: orders.url, MAILS: mails.url } });

export const queues = [orders, mails].map((queue) => queue.url);
export const url = shop.url;
