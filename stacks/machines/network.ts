import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import { subnetCidr } from "../lib/cidr.ts";
import type { Tags } from "../lib/tags.ts";

export interface NetworkArgs {
  readonly cidr: string;
  readonly zones: number;
  /** Domain of the names that only machines inside resolve. */
  readonly internalDomain: string;
}

export interface Network {
  readonly vpcId: pulumi.Output<string>;
  readonly subnetIds: pulumi.Output<string>[];
  readonly internalZoneId: pulumi.Output<string>;
}

/** One public subnet per zone behind an internet gateway, and a private DNS zone. */
export function network({ cidr, zones, internalDomain }: NetworkArgs, tags: (name: string, more?: Tags) => Record<string, string>): Network {
  const vpc = new aws.ec2.Vpc("main", { cidrBlock: cidr, enableDnsHostnames: true, enableDnsSupport: true, tags: tags("main") });
  const gateway = new aws.ec2.InternetGateway("main", { vpcId: vpc.id, tags: tags("main") });
  const routes = new aws.ec2.RouteTable("public", {
    vpcId: vpc.id,
    routes: [{ cidrBlock: "0.0.0.0/0", gatewayId: gateway.id }],
    tags: tags("public"),
  });

  const available = aws.getAvailabilityZonesOutput({ state: "available" });
  const subnetIds = Array.from({ length: zones }, (_, zone) => {
    const name = `public-${zone}`;
    const subnet = new aws.ec2.Subnet(name, {
      vpcId: vpc.id,
      cidrBlock: subnetCidr(cidr, zone),
      availabilityZone: available.names[zone]!,
      mapPublicIpOnLaunch: true,
      tags: tags(name, { "kubernetes.io/role/elb": "1" }),
    });
    new aws.ec2.RouteTableAssociation(name, { subnetId: subnet.id, routeTableId: routes.id });
    return subnet.id;
  });
  const internal = new aws.route53.Zone("internal", { name: internalDomain, vpcs: [{ vpcId: vpc.id }], tags: tags("internal") });
  return { vpcId: vpc.id, subnetIds, internalZoneId: internal.zoneId };
}
