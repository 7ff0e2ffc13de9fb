import { items, member, type NamedRule, type Seen } from "./rule.ts";

const stateful = new Set([
  "aws:docdb/cluster:Cluster",
  "aws:dynamodb/table:Table",
  "aws:ebs/volume:Volume",
  "aws:efs/fileSystem:FileSystem",
  "aws:neptune/cluster:Cluster",
  "aws:rds/cluster:Cluster",
  "aws:rds/instance:Instance",
  "aws:s3/bucket:Bucket",
  "kubernetes:core/v1:PersistentVolumeClaim",
]);

function holdsData(resource: Seen): boolean {
  if (resource.type.endsWith(":StatefulSet")) return items(member(resource.props["spec"], "volumeClaimTemplates")).length > 0;
  return stateful.has(resource.type);
}

function marked(resource: Seen): boolean {
  const labels = member(resource.props["metadata"], "labels");
  return [resource.props["tags"], labels].some((marks) => member(marks, "lifecycle") === "disposable");
}

/**
 * A pack is shown what a program wants, never what goes away, so it cannot refuse a delete itself. It makes sure that the engine does:
 * what holds data is protected (the engine then refuses to delete or replace it), or is marked as something that may be lost.
 */
export const statefulIsKept: NamedRule = {
  name: "stateful-is-kept",
  description: "What holds data is protected, or marked lifecycle: disposable",
  level: "mandatory",
  rule(resource) {
    if (!holdsData(resource) || resource.protect || marked(resource)) return [];
    return ["It holds data: set protect: true, or mark it with the tag (or label) lifecycle: disposable."];
  },
};
