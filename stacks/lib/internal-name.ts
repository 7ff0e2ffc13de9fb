import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";

export interface InternalName {
  readonly name: string;
  readonly zoneId: pulumi.Input<string>;
  /** Host that the name leads to. */
  readonly target: pulumi.Input<string>;
}

/** A name of the environment's private DNS zone: it stays when what it leads to is replaced. */
export function internalName({ name, zoneId, target }: InternalName): aws.route53.Record {
  return new aws.route53.Record(name, { zoneId, name, type: "CNAME", ttl: 60, records: [target] });
}
