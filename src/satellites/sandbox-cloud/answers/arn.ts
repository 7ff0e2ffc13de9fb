import { hex, uuid } from "../wire/digest.ts";
import { kebab, kindOf } from "./subject.ts";

/** SDK modules whose ARNs carry another service name. */
const services: Readonly<Record<string, string>> = {
  lb: "elasticloadbalancing",
  alb: "elasticloadbalancing",
  elb: "elasticloadbalancing",
  applicationloadbalancing: "elasticloadbalancing",
  ebs: "ec2",
  vpc: "ec2",
  ec2transitgateway: "ec2",
  efs: "elasticfilesystem",
  sfn: "states",
  msk: "kafka",
  cognito: "cognito-idp",
  apigatewayv2: "apigateway",
  opensearch: "es",
  docdb: "rds",
  neptune: "rds",
  scheduler: "scheduler",
  wafv2: "wafv2",
  codestarconnections: "codestar-connections",
  mwaa: "airflow",
  sesv2: "ses",
};
const cloudwatchServices: Readonly<Record<string, string>> = { MetricAlarm: "cloudwatch", CompositeAlarm: "cloudwatch", Dashboard: "cloudwatch" };

/** How the last part of an ARN is spelled where it is not `kind/name`. */
const tails: Readonly<Record<string, (name: string, salt: string) => string>> = {
  "lambda:Function": (name) => `function:${name}`,
  "sns:Topic": (name) => name,
  "sqs:Queue": (name) => name,
  "rds:Instance": (name) => `db:${name}`,
  "rds:Cluster": (name) => `cluster:${name}`,
  "rds:SubnetGroup": (name) => `subgrp:${name}`,
  "cloudwatch:LogGroup": (name) => `log-group:${name}`,
  "cloudwatch:EventRule": (name) => `rule/${name}`,
  "cloudwatch:MetricAlarm": (name) => `alarm:${name}`,
  "secretsmanager:Secret": (name, salt) => `secret:${name}-${hex(6, salt, "suffix")}`,
  "sfn:StateMachine": (name) => `stateMachine:${name}`,
  "acm:Certificate": (_name, salt) => `certificate/${uuid(salt, "certificate")}`,
  "lb:LoadBalancer": (name, salt) => `loadbalancer/app/${name}/${hex(16, salt, "lb")}`,
  "lb:TargetGroup": (name, salt) => `targetgroup/${name}/${hex(16, salt, "tg")}`,
  "lb:Listener": (name, salt) => `listener/app/${name}/${hex(16, salt, "lb")}/${hex(16, salt, "listener")}`,
  "ssm:Parameter": (name) => `parameter/${name.replace(/^\//, "")}`,
  "cognito:UserPool": (name) => `userpool/${name}`,
  "route53:Zone": (name) => `hostedzone/${name}`,
  "iam:OpenIdConnectProvider": (name) => `oidc-provider/${name.replace(/^https:\/\//, "")}`,
};

export interface ArnFacts {
  readonly type: string;
  readonly account: string;
  readonly region: string;
  /** The object's name, or its id where it has none. */
  readonly name: string;
  readonly salt: string;
}

function serviceOf(service: string, kind: string): string {
  if (service !== "cloudwatch") return services[service] ?? service;
  return cloudwatchServices[kind] ?? (kind.startsWith("Log") ? "logs" : "events");
}

/** `arn:aws:SERVICE:REGION:ACCOUNT:KIND/NAME` with the exceptions that programs see. */
export function arnOf(facts: ArnFacts): string {
  const { service, kind } = kindOf(facts.type);
  if (service === "s3" && /^Bucket(V2)?$/.test(kind)) return `arn:aws:s3:::${facts.name}`;
  const name = serviceOf(service, kind);
  const region = facts.region === "global" ? "" : facts.region;
  if (name === "apigateway") return `arn:aws:apigateway:${region}::/${kind === "RestApi" ? "restapis" : `${kebab(kind)}s`}/${facts.name}`;
  const tail = tails[`${service === "alb" ? "lb" : service}:${kind}`];
  const resource = tail === undefined ? `${kebab(kind)}/${facts.name}` : tail(facts.name, facts.salt);
  const account = name === "s3" || name === "route53" ? "" : facts.account;
  return `arn:aws:${name}:${region}:${account}:${resource}`;
}
