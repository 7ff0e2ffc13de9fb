/** The object that a creation would have made, where its name alone is its id. */
export interface NamedObject {
  readonly id: string;
  /** The name was drawn for this creation: nobody else has one like it. Else the program gave it, and an object of that name may be anybody's. */
  readonly isDrawn: boolean;
}

/** Types whose id is one of their inputs, as their import sections say. Not complete: an unknown type has an id that only its cloud knows. */
const idInputs: Readonly<Record<string, string>> = {
  "aws:s3/bucket:Bucket": "bucket",
  "aws:s3/bucketV2:BucketV2": "bucket",
  "aws:iam/role:Role": "name",
  "aws:iam/user:User": "name",
  "aws:iam/group:Group": "name",
  "aws:iam/instanceProfile:InstanceProfile": "name",
  "aws:cloudwatch/logGroup:LogGroup": "name",
  "aws:dynamodb/table:Table": "name",
  "aws:ecr/repository:Repository": "name",
  "aws:ecs/cluster:Cluster": "name",
  "aws:eks/cluster:Cluster": "name",
  "aws:lambda/function:Function": "name",
  "aws:rds/instance:Instance": "identifier",
  "aws:rds/cluster:Cluster": "clusterIdentifier",
  "aws:rds/subnetGroup:SubnetGroup": "name",
  "aws:elasticache/cluster:Cluster": "clusterId",
  "aws:kms/alias:Alias": "name",
  "aws:ssm/parameter:Parameter": "name",
};

const isBag = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === "object" && value !== null && !Array.isArray(value);
const textOf = (value: unknown): string | undefined => (typeof value === "string" && value !== "" ? value : undefined);

/** Kinds that belong to no namespace: their id is the name alone. */
const clusterWide =
  /^kubernetes:(core\/v1:(Namespace|Node|PersistentVolume)|rbac\.authorization\.k8s\.io\/v1:ClusterRole(Binding)?|storage\.k8s\.io\/|apiextensions\.k8s\.io\/|scheduling\.k8s\.io\/|admissionregistration\.k8s\.io\/|networking\.k8s\.io\/v1:IngressClass)/;

function kubernetesObject(type: string, inputs: Readonly<Record<string, unknown>>): NamedObject | undefined {
  const metadata = inputs["metadata"];
  if (!isBag(metadata)) return undefined;
  const name = textOf(metadata["name"]);
  const namespace = textOf(metadata["namespace"]);
  if (name === undefined || (namespace === undefined && !clusterWide.test(type))) return undefined;
  const { annotations } = metadata;
  const isDrawn = isBag(annotations) && annotations["pulumi.com/autonamed"] === "true";
  return { id: namespace === undefined ? name : `${namespace}/${name}`, isDrawn };
}

/** Undefined where the inputs do not tell the id. */
export function objectNamed(type: string, inputs: Readonly<Record<string, unknown>>): NamedObject | undefined {
  if (type.startsWith("kubernetes:")) return kubernetesObject(type, inputs);
  const input = idInputs[type];
  const id = input === undefined ? undefined : textOf(inputs[input]);
  if (input === undefined || id === undefined) return undefined;
  const defaults = inputs["__defaults"];
  return { id, isDrawn: Array.isArray(defaults) && defaults.includes(input) };
}
