/** Where a token's declaration is, by the SDKs' own convention. */
export interface TokenPlace {
  readonly package: string;
  /** Relative to the package, without extension: `ec2/vpc`, `apps/v1/deployment`. */
  readonly file: string;
  /** The class, or the function of an invoke. */
  readonly name: string;
}

function lowerFirst(text: string): string {
  return text.slice(0, 1).toLowerCase() + text.slice(1);
}

/** Kubernetes kinds in files: `DaemonSet` → daemonSet, but `CSIDriver` → csidriver, `APIService` → apiservice. */
function kindFiles(kind: string): string[] {
  const shouting = /^([A-Z]{2,})(.*)$/.exec(kind);
  const files = [lowerFirst(kind)];
  if (shouting !== null) files.push(kind.toLowerCase(), (shouting[1] ?? "").slice(0, -1).toLowerCase() + (shouting[1] ?? "").slice(-1) + (shouting[2] ?? ""));
  if (shouting !== null) files.push((shouting[1] ?? "").toLowerCase() + (shouting[2] ?? ""));
  return files;
}

/** `apps/v1` of a group like `rbac.authorization.k8s.io/v1` is its first word and the version. */
function kubernetesFolder(module: string): string {
  const [group = "", version] = module.split("/");
  return `${(group.split(".")[0] ?? group).toLowerCase()}${version === undefined ? "" : `/${version}`}`;
}

/** The places to look at, most likely first; empty for what is no resource or function token. */
export function placesOf(token: string): TokenPlace[] {
  const [pkg = "", module = "", name = ""] = token.split(":");
  if (pkg === "" || name === "") return [];
  if (pkg === "pulumi" && module === "providers") return [{ package: name, file: "provider", name: "Provider" }];
  if (pkg === "kubernetes") return kindFiles(name).map((leaf) => ({ package: pkg, file: `${kubernetesFolder(module)}/${leaf}`, name }));
  const [folder = "", file] = module.split("/");
  const leaf = file ?? lowerFirst(name);
  return [leaf, leaf.toLowerCase(), `${leaf}_`].map((each) => ({ package: pkg, file: folder === "index" ? each : `${folder}/${each}`, name }));
}
