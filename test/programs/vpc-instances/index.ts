import * as pulumi from "@pulumi/pulumi";
import * as aws from "@pulumi/aws";
import * as tls from "@pulumi/tls";
import { cloudInit } from "./cloud-init";

const config = new pulumi.Config();
const servers = config.requireNumber("servers");
const instanceType = (config.get("instanceType") ?? aws.ec2.InstanceType.T3_Micro) as aws.ec2.InstanceType;
const tags = { Team: "web", Stack: pulumi.getStack() };

const zones = aws.getAvailabilityZones({ state: "available" });
const image = aws.ec2.getAmiOutput({
  owners: ["amazon"],
  mostRecent: true,
  filters: [{ name: "name", values: ["al2023-ami-*-x86_64"] }],
});

const vpc = new aws.ec2.Vpc("net", {
  cidrBlock: "10.20.0.0/16",
  enableDnsHostnames: true,
  enableDnsSupport: true,
  tags: { ...tags, Name: "net" },
});

const gateway = new aws.ec2.InternetGateway("gateway", { vpcId: vpc.id, tags });
const publicRoutes = new aws.ec2.RouteTable("public", {
  vpcId: vpc.id,
  routes: [{ cidrBlock: "0.0.0.0/0", gatewayId: gateway.id }],
  tags,
});

const publicSubnets: aws.ec2.Subnet[] = [];
const privateSubnets: aws.ec2.Subnet[] = [];
for (let i = 0; i < 2; i++) {
  const availabilityZone = pulumi.output(zones).apply((found) => found.names[i]);
  const subnet = new aws.ec2.Subnet(`public-${i}`, {
    vpcId: vpc.id,
    cidrBlock: `10.20.${i}.0/24`,
    availabilityZone,
    mapPublicIpOnLaunch: true,
    tags,
  });
  new aws.ec2.RouteTableAssociation(`public-${i}`, { routeTableId: publicRoutes.id, subnetId: subnet.id });
  publicSubnets.push(subnet);
  privateSubnets.push(new aws.ec2.Subnet(`private-${i}`, { vpcId: vpc.id, cidrBlock: `10.20.${i + 10}.0/24`, availabilityZone, tags }));
}

const address = new aws.ec2.Eip("outgoing", { domain: "vpc", tags });
const nat = new aws.ec2.NatGateway("nat", { allocationId: address.id, subnetId: publicSubnets[0].id, tags }, { dependsOn: gateway });
const privateRoutes = new aws.ec2.RouteTable("private", { vpcId: vpc.id, tags });
new aws.ec2.Route("outgoing", { routeTableId: privateRoutes.id, destinationCidrBlock: "0.0.0.0/0", natGatewayId: nat.id });
privateSubnets.forEach((subnet, i) => {
  new aws.ec2.RouteTableAssociation(`private-${i}`, { routeTableId: privateRoutes.id, subnetId: subnet.id });
});

const group = new aws.ec2.SecurityGroup("web", {
  vpcId: vpc.id,
  description: "HTTP from anywhere, SSH from the network",
  ingress: [
    { protocol: "tcp", fromPort: 80, toPort: 80, cidrBlocks: ["0.0.0.0/0"] },
    { protocol: "tcp", fromPort: 22, toPort: 22, cidrBlocks: [vpc.cidrBlock] },
  ],
  egress: [{ protocol: "-1", fromPort: 0, toPort: 0, cidrBlocks: ["0.0.0.0/0"] }],
  tags,
});

const key = new tls.PrivateKey("ssh", { algorithm: "ED25519" });
const keyPair = new aws.ec2.KeyPair("ssh", { publicKey: key.publicKeyOpenssh });

const role = new aws.iam.Role("server", {
  assumeRolePolicy: aws.iam.assumeRolePolicyForPrincipal({ Service: "ec2.amazonaws.com" }),
  managedPolicyArns: [aws.iam.ManagedPolicy.AmazonSSMManagedInstanceCore],
});
const profile = new aws.iam.InstanceProfile("server", { role: role.name });

const instances = [...Array(servers).keys()].map(
  (i) =>
    new aws.ec2.Instance(`web-${i}`, {
      ami: image.id,
      instanceType,
      subnetId: publicSubnets[i % publicSubnets.length].id,
      vpcSecurityGroupIds: [group.id],
      keyName: keyPair.keyName,
      iamInstanceProfile: profile.name,
      userData: cloudInit(`server ${i}`),
      rootBlockDevice: { volumeSize: 20, volumeType: "gp3", encrypted: true },
      tags: { ...tags, Name: `web-${i}` },
    }),
);

export const vpcId = vpc.id;
export const addresses = instances.map((instance) => instance.publicIp);
export const urls = pulumi.all(instances.map((instance) => instance.publicDns)).apply((names) => names.map((name) => `http://${name}`));
export const privateKey = key.privateKeyOpenssh;
