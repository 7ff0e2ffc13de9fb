/** One kind of ordinary program: its projects in the order they come up, and what somebody changes by hand in its cloud. */
export interface Kind {
  readonly kind: string;
  readonly projects: readonly ProjectFacts[];
}

export interface ProjectFacts {
  readonly folder: string;
  /** Objects that the program makes in the cloud: custom resources that are not providers. */
  readonly objects: number;
  readonly secrets?: Readonly<Record<string, string>>;
  readonly tamper?: Tamper;
}

export interface Tamper {
  /** Logical name and last part of the type's token. */
  readonly name: string;
  readonly type: string;
  readonly path: string;
  readonly value: unknown;
  /** How the engine spells the path; as `path` where left out. */
  readonly found?: string;
}

export const kinds: readonly Kind[] = [
  {
    kind: "static site",
    projects: [{ folder: "static-site", objects: 9, tamper: { name: "cdn", type: "Distribution", path: "defaultCacheBehavior.viewerProtocolPolicy", value: "allow-all" } }],
  },
];
