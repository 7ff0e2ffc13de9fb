/** One kind of ordinary program: its projects in the order they come up, and what somebody changes by hand in its cloud. */
export interface Kind {
  readonly kind: string;
  readonly projects: readonly ProjectFacts[];
}

export interface ProjectFacts {
  readonly folder: string;
  /** Objects that the program makes, counted by hand: custom resources that are neither providers nor references. */
  readonly objects: number;
  readonly secrets?: Readonly<Record<string, string>>;
  readonly tamper?: Tamper;
  /** Where the objects of a dynamic provider live, from the project's folder. */
  readonly office?: string;
}

export interface Tamper {
  /** Logical name and last part of the type's token. */
  readonly name: string;
  readonly type: string;
  /** In the live object; for a dynamic provider's, the input that its file tells. */
  readonly path: string;
  readonly value: string | number | boolean;
  /** For a dynamic provider: the words of its file that are replaced by `value`. */
  readonly words?: string;
  /** How the finding is told where it is not as `changed` at `path`. */
  readonly told?: { readonly kind: "output-only"; readonly path: string };
}

export const kinds: readonly Kind[] = [
  {
    kind: "static site",
    projects: [
      {
        folder: "static-site",
        objects: 9,
        tamper: { name: "cdn", type: "Distribution", path: "defaultCacheBehavior.viewerProtocolPolicy", value: "allow-all" },
      },
    ],
  },
  {
    kind: "VPC with instances",
    projects: [{ folder: "vpc-instances", objects: 22, tamper: { name: "web", type: "SecurityGroup", path: "ingress[1].cidrBlocks[0]", value: "0.0.0.0/0" } }],
  },
  {
    kind: "RDS",
    projects: [{ folder: "database", objects: 14, tamper: { name: "orders", type: "Instance", path: "backupRetentionPeriod", value: 0 } }],
  },
  {
    kind: "lambda from a closure",
    projects: [{ folder: "lambda-closure", objects: 36, tamper: { name: "worker", type: "Function", path: "memorySize", value: 128 } }],
  },
  {
    kind: "EKS with apps",
    projects: [
      {
        folder: "eks-apps",
        objects: 18,
        tamper: { name: "echo", type: "Deployment", path: "spec.template.spec.containers[0].image", value: "example.com/echo:edited" },
      },
    ],
  },
  {
    kind: "guestbook",
    projects: [{ folder: "guestbook", objects: 9, tamper: { name: "frontend", type: "Deployment", path: "spec.replicas", value: 1 } }],
  },
  {
    kind: "component resources",
    projects: [{ folder: "components", objects: 15, tamper: { name: "mails", type: "Queue", path: "tags.CostCentre", value: "0815" } }],
  },
  {
    kind: "explicit providers",
    projects: [{ folder: "explicit-providers", objects: 19, tamper: { name: "audit-alerts", type: "Queue", path: "visibilityTimeoutSeconds", value: 300 } }],
  },
  {
    kind: "stack references with secrets",
    projects: [
      { folder: "stack-references/network", objects: 6, secrets: { operator: "the-operators-secret" } },
      {
        folder: "stack-references/service",
        objects: 8,
        secrets: { paymentsKey: "the-payments-key" },
        tamper: { name: "billing", type: "Group", path: "desiredCapacity", value: 3 },
      },
    ],
  },
  {
    kind: "dynamic provider",
    projects: [
      {
        // A dynamic provider cannot name the properties of its diff. The engine adapter should take them from the inputs and tell `changed`;
        // take `told` away when it does.
        folder: "dynamic-provider",
        objects: 5,
        office: "office",
        tamper: { name: "rules", type: "Note", path: "lines[0]", words: "No shoes", value: "All shoes", told: { kind: "output-only", path: "lines[0]" } },
      },
    ],
  },
];
