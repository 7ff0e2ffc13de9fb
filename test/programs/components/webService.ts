import * as pulumi from "@pulumi/pulumi";
import * as aws from "@pulumi/aws";

export interface WebServiceArgs {
  image: string;
  port: number;
  environment?: { [key: string]: pulumi.Input<string> };
}

/** A container behind a load balancer of its own. */
export class WebService extends pulumi.ComponentResource {
  readonly url: pulumi.Output<string>;
  private readonly childOptions: pulumi.CustomResourceOptions = { parent: this };

  constructor(
    private readonly name: string,
    args: WebServiceArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("acme:platform:WebService", name, args, opts);

    const vpc = aws.ec2.getVpcOutput({ default: true }, { parent: this });
    const subnetIds = aws.ec2.getSubnetsOutput({ filters: [{ name: "vpc-id", values: [vpc.id] }] }, { parent: this }).ids;
    const group = this.firewall(vpc.id, args.port);

    const balancer = new aws.lb.LoadBalancer(this.name, { securityGroups: [group.id], subnets: subnetIds }, this.childOptions);
    const target = new aws.lb.TargetGroup(this.name, { port: args.port, protocol: "HTTP", targetType: "ip", vpcId: vpc.id }, this.childOptions);
    const listener = new aws.lb.Listener(
      this.name,
      {
        loadBalancerArn: balancer.arn,
        port: 80,
        defaultActions: [{ type: "forward", targetGroupArn: target.arn }],
      },
      { parent: balancer },
    );

    const cluster = new aws.ecs.Cluster(this.name, {}, this.childOptions);
    const role = new aws.iam.Role(
      this.name,
      { assumeRolePolicy: aws.iam.assumeRolePolicyForPrincipal({ Service: "ecs-tasks.amazonaws.com" }) },
      this.childOptions,
    );
    const logs = new aws.cloudwatch.LogGroup(this.name, { retentionInDays: 14 }, this.childOptions);
    const region = aws.getRegionOutput({}, { parent: this }).region;
    const task = new aws.ecs.TaskDefinition(
      this.name,
      {
        family: this.name,
        cpu: "256",
        memory: "512",
        networkMode: "awsvpc",
        requiresCompatibilities: ["FARGATE"],
        executionRoleArn: role.arn,
        containerDefinitions: pulumi.jsonStringify([
          {
            name: this.name,
            image: args.image,
            portMappings: [{ containerPort: args.port }],
            environment: Object.entries(args.environment ?? {}).map(([name, value]) => ({ name, value })),
            logConfiguration: { logDriver: "awslogs", options: { "awslogs-group": logs.name, "awslogs-region": region, "awslogs-stream-prefix": this.name } },
          },
        ]),
      },
      this.childOptions,
    );
    new aws.ecs.Service(
      this.name,
      {
        cluster: cluster.arn,
        taskDefinition: task.arn,
        desiredCount: 2,
        launchType: "FARGATE",
        networkConfiguration: { assignPublicIp: true, subnets: subnetIds, securityGroups: [group.id] },
        loadBalancers: [{ targetGroupArn: target.arn, containerName: this.name, containerPort: args.port }],
      },
      { parent: this, dependsOn: [listener] },
    );

    this.url = pulumi.interpolate`http://${balancer.dnsName}`;
    this.registerOutputs({ url: this.url });
  }

  private firewall(vpcId: pulumi.Input<string>, port: number): aws.ec2.SecurityGroup {
    return new aws.ec2.SecurityGroup(
      this.name,
      {
        vpcId,
        ingress: [...new Set([80, port])].map((each) => ({ protocol: "tcp", fromPort: each, toPort: each, cidrBlocks: ["0.0.0.0/0"] })),
        egress: [{ protocol: "-1", fromPort: 0, toPort: 0, cidrBlocks: ["0.0.0.0/0"] }],
      },
      this.childOptions,
    );
  }
}
