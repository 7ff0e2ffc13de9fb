import * as aws from "@pulumi/aws";

const gigabyte = 1024 ** 3;

/** A tenth of the disk left is a ticket for working hours, not a page. */
export function diskRunsFull(instance: aws.rds.Instance, storageGb: number, tags: Record<string, string>): aws.cloudwatch.MetricAlarm {
  return new aws.cloudwatch.MetricAlarm("shop-db-disk", {
    alarmDescription: "Less than a tenth of the shop database's disk is free",
    namespace: "AWS/RDS",
    metricName: "FreeStorageSpace",
    dimensions: { DBInstanceIdentifier: instance.identifier },
    statistic: "Minimum",
    comparisonOperator: "LessThanThreshold",
    threshold: (storageGb * gigabyte) / 10,
    period: 300,
    evaluationPeriods: 2,
    tags,
  });
}
