import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { statefulIsKept } from "../../policies/platform/stateful.ts";
import { isStateful } from "../../src/domain/changes/index.ts";

const sdks = fileURLToPath(new URL("../../node_modules/@pulumi/", import.meta.url));

/** Every resource type that the SDKs declare: files are read, not a list that somebody wrote. */
function declaredTypes(): readonly string[] {
  return ["aws", "kubernetes", "tls"].flatMap((sdk) =>
    readdirSync(`${sdks}${sdk}`, { recursive: true, withFileTypes: true })
      .filter((file) => file.isFile() && /^(?!get|index)[a-z]\w*\.js$/i.test(file.name) && !file.parentPath.includes("/types"))
      .flatMap((file) => /__pulumiType = '([^']+)'/.exec(readFileSync(`${file.parentPath}/${file.name}`, "utf8"))?.[1] ?? []),
  );
}

/** What trueup warns of when it goes away and the platform does not ask to protect, and why. */
const unasked: Readonly<Record<string, string>> = {
  "aws:cloudwatch/logGroup:LogGroup": "logs leave by their retention",
  "aws:docdb/clusterInstance:ClusterInstance": "the data is the cluster's",
  "aws:neptune/clusterInstance:ClusterInstance": "the data is the cluster's",
  "aws:rds/clusterInstance:ClusterInstance": "the data is the cluster's",
  "aws:rds/globalCluster:GlobalCluster": "the data is its members'",
  "aws:route53/zone:Zone": "its records are declared",
  "aws:sqs/queue:Queue": "messages are on their way",
  "aws:ssm/parameter:Parameter": "its value is the program's",
  "kubernetes:core/v1:Namespace": "what is in it is judged itself",
  "tls:index/privateKey:PrivateKey": "nothing at rest needs it",
};

/** Asked of the rule itself: whether it objects to an unprotected, unmarked resource of this type. */
const isAsked = (type: string): boolean =>
  statefulIsKept.rule({ type, name: "it", props: { spec: { volumeClaimTemplates: [{}] } }, protect: false }).length > 0;

it("the platform asks to protect every type that trueup calls stateful, but for those with a reason", () => {
  const types = [...new Set(declaredTypes())];
  expect(types.length).toBeGreaterThan(1_500);
  expect(types.filter((type) => isStateful(type) && !isAsked(type)).toSorted()).toEqual(Object.keys(unasked).toSorted());
  expect(types.filter((type) => isAsked(type) && !isStateful(type))).toEqual([]);
  expect(types.filter(isAsked)).toEqual(expect.arrayContaining(["aws:rds/instance:Instance", "aws:kms/key:Key", "kubernetes:apps/v1:StatefulSet"]));
}, 30_000);
