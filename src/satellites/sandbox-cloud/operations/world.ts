import { isNamespaced } from "../answers/kubernetes.ts";
import { contains, overlap } from "../check/cidr.ts";
import type { ObjectKey } from "../store/record.ts";
import { textAt, type JsonObject } from "../wire/json.ts";
import { CloudError, statuses, type Call } from "./call.ts";

function subnet(call: Call, inputs: JsonObject, key: ObjectKey): void {
  const cidr = textAt(inputs, "cidrBlock");
  const vpcId = textAt(inputs, "vpcId");
  if (cidr === undefined || vpcId === undefined) return;
  const { objects } = call.backing;
  const range = textAt(objects.get({ ...key, type: "aws:ec2/vpc:Vpc", id: vpcId })?.properties, "cidrBlock");
  if (range !== undefined && !contains(range, cidr)) {
    throw new CloudError(statuses.invalid, `InvalidSubnet.Range: the CIDR '${cidr}' is invalid: it is not inside ${vpcId}'s ${range}`);
  }
  for (const other of objects.walk(key)) {
    const taken = textAt(other.properties, "cidrBlock");
    if (textAt(other.properties, "vpcId") === vpcId && taken !== undefined && overlap(taken, cidr)) {
      throw new CloudError(statuses.invalid, `InvalidSubnet.Conflict: the CIDR '${cidr}' conflicts with another subnet (${other.id}, ${taken})`);
    }
  }
}

function namespace(call: Call, key: ObjectKey): void {
  if (!isNamespaced(key.type)) return;
  const [name = ""] = key.id.split("/");
  const found = call.backing.objects.get({ ...key, type: "kubernetes:core/v1:Namespace", id: name });
  if (found === undefined) throw new CloudError(statuses.notFound, `namespaces "${name}" not found`);
}

/** Refusals that depend on what else is in the cloud; they come at create, as they do in real clouds. */
export function refuseByWorld(call: Call, inputs: JsonObject, key: ObjectKey): void {
  if (key.provider === "kubernetes") namespace(call, key);
  if (key.type === "aws:ec2/subnet:Subnet") subnet(call, inputs, key);
}
