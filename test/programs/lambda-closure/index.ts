import * as pulumi from "@pulumi/pulumi";
import * as aws from "@pulumi/aws";
import { Keys, normalise } from "./keys";

const limit = new pulumi.Config().getNumber("limit") ?? 5;

const photos = new aws.s3.Bucket("photos", { forceDestroy: true });
const seen = new aws.dynamodb.Table("seen", {
  attributes: [{ name: "Key", type: "S" }],
  hashKey: "Key",
  billingMode: "PAY_PER_REQUEST",
});
const failed = new aws.sqs.Queue("failed", { messageRetentionSeconds: 14 * 24 * 3600 });
const work = new aws.sqs.Queue("work", {
  visibilityTimeoutSeconds: 180,
  redrivePolicy: failed.arn.apply((arn) => JSON.stringify({ deadLetterTargetArn: arn, maxReceiveCount: limit })),
});

// A closure: it takes outputs, a number, a function of another file and a class with it.
photos.onObjectCreated(
  "uploaded",
  async (event) => {
    const keys = new Keys("thumbs");
    for (const record of event.Records ?? []) {
      const key = normalise(record.s3.object.key);
      console.log(`${key} goes to ${keys.of(key)} by ${work.url.get()}, seen in ${seen.name.get()}, at most ${limit} times`);
    }
  },
  { filterSuffix: ".jpg" },
);

const role = new aws.iam.Role("worker", { assumeRolePolicy: aws.iam.assumeRolePolicyForPrincipal(aws.iam.Principals.LambdaPrincipal) });
new aws.iam.RolePolicyAttachment("worker-logs", { role, policyArn: aws.iam.ManagedPolicy.AWSLambdaBasicExecutionRole });
new aws.iam.RolePolicyAttachment("worker-queue", { role, policyArn: aws.iam.ManagedPolicy.AWSLambdaSQSQueueExecutionRole });

const worker = new aws.lambda.CallbackFunction<{ Records: { body: string }[] }, { done: number }>("worker", {
  runtime: aws.lambda.Runtime.NodeJS20dX,
  memorySize: 512,
  timeout: 60,
  role,
  environment: { variables: { TABLE: seen.name, BUCKET: photos.bucket } },
  callback: async (event) => {
    const { createHash } = await import("crypto");
    for (const { body } of event.Records) console.log(createHash("sha256").update(normalise(body)).digest("hex"));
    return { done: event.Records.length };
  },
});
new aws.lambda.EventSourceMapping("work", { eventSourceArn: work.arn, functionName: worker.arn, batchSize: 10 });

const nightly = aws.cloudwatch.onSchedule("nightly", "cron(0 3 * * ? *)", async () => {
  console.log(`counting what is in ${photos.id.get()}`);
});

export const bucket = photos.bucket;
export const workerArn = worker.arn;
export const schedule = nightly.eventRule.scheduleExpression;
