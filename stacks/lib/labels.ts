/** The labels that kubernetes itself recommends, and the part of them that never changes and may therefore select pods. */
export interface Labels {
  readonly selector: Record<string, string>;
  readonly all: Record<string, string>;
}

export function labelsOf(app: string, version: string, partOf: string = app): Labels {
  const selector = { "app.kubernetes.io/name": app };
  return {
    selector,
    all: {
      ...selector,
      "app.kubernetes.io/version": version,
      "app.kubernetes.io/part-of": partOf,
      "app.kubernetes.io/managed-by": "pulumi",
    },
  };
}
