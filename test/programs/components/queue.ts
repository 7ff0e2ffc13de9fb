import * as pulumi from "@pulumi/pulumi";
import * as aws from "@pulumi/aws";

export interface QueueArgs {
  retentionDays: pulumi.Input<number>;
  consumers: string[];
  tags?: pulumi.Input<{ [key: string]: pulumi.Input<string> }>;
}

/** A queue with a queue for what failed, and a policy for each consumer. */
export class Queue extends pulumi.ComponentResource {
  public readonly url: pulumi.Output<string>;
  public readonly arn: pulumi.Output<string>;

  constructor(name: string, args: QueueArgs, opts?: pulumi.ComponentResourceOptions) {
    super("acme:platform:Queue", name, {}, opts);

    const dead = new aws.sqs.Queue(`${name}-dead`, { messageRetentionSeconds: 14 * 86_400, tags: args.tags }, { parent: this });
    const queue = new aws.sqs.Queue(
      name,
      {
        messageRetentionSeconds: pulumi.output(args.retentionDays).apply((days) => days * 86_400),
        redrivePolicy: pulumi.jsonStringify({ deadLetterTargetArn: dead.arn, maxReceiveCount: 3 }),
        tags: args.tags,
      },
      { parent: this },
    );

    for (const consumer of args.consumers) {
      new aws.iam.Policy(
        `${name}-${consumer}`,
        {
          description: `${consumer} may take from ${name}`,
          policy: {
            Version: "2012-10-17",
            Statement: [{ Effect: "Allow", Action: ["sqs:ReceiveMessage", "sqs:DeleteMessage"], Resource: queue.arn }],
          },
        },
        { parent: this },
      );
    }

    this.url = queue.url;
    this.arn = queue.arn;
    this.registerOutputs({ url: this.url, arn: this.arn });
  }
}
