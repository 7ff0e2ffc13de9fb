import { signedHeaders } from "../../src/base/aws/index.ts";

/** Where an AWS answers, and with which keys. */
export interface Aws {
  readonly endpoint: string;
  readonly region: string;
  readonly keys: { readonly id: string; readonly secret: string };
}

type Service = "ec2" | "autoscaling";
const versions: Readonly<Record<Service, string>> = { ec2: "2016-11-15", autoscaling: "2011-01-01" };

/** One call of AWS's query protocol, as its own tools make it; the XML of the answer. */
export async function query(aws: Aws, service: Service, parameters: Readonly<Record<string, string>>): Promise<string> {
  const url = new URL("/", aws.endpoint);
  const body = new URLSearchParams({ ...parameters, Version: versions[service] }).toString();
  const form = { "content-type": "application/x-www-form-urlencoded; charset=utf-8" };
  const signed = signedHeaders({ method: "POST", url, headers: form, body }, aws.keys, { service, region: aws.region, at: new Date() });
  const { host: _, ...headers } = signed;
  const answer = await fetch(url, { method: "POST", headers, body, signal: AbortSignal.timeout(30_000) });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${service} ${parameters["Action"] ?? ""}: ${answer.status} ${text.slice(0, 300)}`);
  return text;
}

/** The ids of the VPCs whose Name tag is this. */
export async function vpcsNamed(aws: Aws, name: string): Promise<string[]> {
  const text = await query(aws, "ec2", { Action: "DescribeVpcs", "Filter.1.Name": "tag:Name", "Filter.1.Value.1": name });
  return [...text.matchAll(/<vpcId>([^<]+)<\/vpcId>/g)].map((found) => found[1] ?? "");
}

/** What a hand in the console does: writes one tag over. */
export async function tag(aws: Aws, id: string, pair: { readonly key: string; readonly value: string }): Promise<void> {
  await query(aws, "ec2", { Action: "CreateTags", "ResourceId.1": id, "Tag.1.Key": pair.key, "Tag.1.Value": pair.value });
}

/** Whether it serves all that stacks/machines asks for: scaling groups are not in LocalStack's open image, and its images are a fixed list. */
export async function servesPool(aws: Aws): Promise<boolean> {
  try {
    await query(aws, "autoscaling", { Action: "DescribeAutoScalingGroups" });
    const names = "al2023-ami-2023.*-kernel-6.12-arm64";
    const images = await query(aws, "ec2", { Action: "DescribeImages", "Owner.1": "amazon", "Filter.1.Name": "name", "Filter.1.Value.1": names });
    return images.includes("<imageId>");
  } catch {
    return false;
  }
}
