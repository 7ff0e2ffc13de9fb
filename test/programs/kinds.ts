/** One kind of ordinary program: its projects in the order they come up, and what somebody changes by hand in its cloud. */
export interface Kind {
  readonly kind: string;
  readonly projects: readonly ProjectFacts[];
}

export interface ProjectFacts {
  readonly folder: string;
  /** Objects that the program makes, counted by hand: custom resources that are neither providers nor references. */
  readonly objects: number;
  /** Secret config: key and value. */
  readonly secrets?: Readonly<Record<string, string>>;
  readonly tampers?: readonly Tamper[];
  /** Where the objects of a dynamic provider live, from the project's folder. */
  readonly office?: string;
}

/** What somebody does by hand to one object: changes a value, or deletes it when there is none. */
export interface Tamper {
  /** Logical name. */
  readonly name: string;
  /** The last part of the type's token. */
  readonly type: string;
  /** In the live object. */
  readonly path?: string;
  readonly value?: string | number | boolean;
  /** For a dynamic provider: the words of its file that are replaced by `value`. */
  readonly words?: string;
}

export const kinds: readonly Kind[] = [
  {
    kind: "static site",
    projects: [
      {
        folder: "static-site",
        objects: 9,
        tampers: [
          { name: "cdn", type: "Distribution", path: "defaultCacheBehavior.viewerProtocolPolicy", value: "allow-all" },
          { name: "readable", type: "BucketPolicy" },
        ],
      },
    ],
  },
  {
    kind: "VPC with instances",
    projects: [
      {
        folder: "vpc-instances",
        objects: 22,
        tampers: [
          { name: "web", type: "SecurityGroup", path: "ingress[1].cidrBlocks[0]", value: "0.0.0.0/0" },
          { name: "web-1", type: "Instance" },
        ],
      },
    ],
  },
  {
    kind: "RDS",
    projects: [{ folder: "database", objects: 14, tampers: [{ name: "orders", type: "Instance", path: "backupRetentionPeriod", value: 0 }] }],
  },
  {
    kind: "lambda from a closure",
    projects: [{ folder: "lambda-closure", objects: 36, tampers: [{ name: "worker", type: "Function", path: "memorySize", value: 128 }] }],
  },
  {
    kind: "EKS with apps",
    projects: [
      {
        folder: "eks-apps",
        objects: 18,
        tampers: [
          { name: "echo", type: "Deployment", path: "spec.template.spec.containers[0].image", value: "example.com/echo:edited" },
          { name: "workers", type: "NodeGroup", path: "scalingConfig.desiredSize", value: 4 },
        ],
      },
    ],
  },
  {
    kind: "guestbook",
    projects: [
      {
        folder: "guestbook",
        objects: 9,
        tampers: [
          { name: "frontend", type: "Deployment", path: "spec.replicas", value: 1 },
          { name: "redis-replica", type: "Service" },
        ],
      },
    ],
  },
  {
    kind: "component resources",
    projects: [{ folder: "components", objects: 15, tampers: [{ name: "mails", type: "Queue", path: "tags.CostCentre", value: "0815" }] }],
  },
  {
    kind: "explicit providers",
    projects: [
      {
        folder: "explicit-providers",
        objects: 19,
        tampers: [
          { name: "audit-alerts", type: "Queue", path: "visibilityTimeoutSeconds", value: 300 },
          { name: "green-settings", type: "ConfigMap", path: "data.colour", value: "red" },
        ],
      },
    ],
  },
  {
    kind: "stack references with secrets",
    projects: [
      { folder: "stack-references/network", objects: 6, secrets: { operator: "the-operators-secret" } },
      {
        folder: "stack-references/service",
        objects: 8,
        secrets: { paymentsKey: "the-payments-key" },
        tampers: [
          { name: "billing", type: "Group", path: "desiredCapacity", value: 3 },
          { name: "payments", type: "Parameter", path: "value", value: "somebody-elses-key" },
        ],
      },
    ],
  },
  {
    kind: "dynamic provider",
    projects: [
      {
        folder: "dynamic-provider",
        objects: 5,
        office: "office",
        tampers: [{ name: "rules", type: "Note", path: "lines[0]", words: "No shoes", value: "All shoes" }],
      },
    ],
  },
];
