import provider from "@pulumi/pulumi/proto/provider_pb.js";
import type { DiffRequest, DiffResponse } from "@pulumi/pulumi/proto/provider_pb.js";
import { changesBetween } from "../rules/changes.ts";
import { open } from "../wire/special.ts";
import { fromStruct } from "../wire/struct.ts";
import { clusterOf, settingOf } from "../answers/place.ts";
import { partsOfUrn } from "../operations/call.ts";
import { hasUnknown } from "../wire/special.ts";

/** Changes of a provider's configuration: its objects must be made anew when it then talks to another account, region or cluster. */
export function diffConfig(request: DiffRequest): DiffResponse {
  const pkg = partsOfUrn(request.getUrn()).type.split(":")[2] ?? "";
  const before = open(fromStruct(request.getOldInputs() ?? request.getOlds())).plain;
  const after = open(fromStruct(request.getNews())).plain;
  const keys = [...new Set(changesBetween(before, after).map((change) => String(change.path[0])))];
  const response = new provider.DiffResponse();
  const { DIFF_NONE, DIFF_SOME } = provider.DiffResponse.DiffChanges;
  response.setChanges(keys.length === 0 ? DIFF_NONE : DIFF_SOME);
  response.setDiffsList(keys);
  if (hasUnknown(after)) return response;
  const [old, now] = [settingOf(pkg, before), settingOf(pkg, after)];
  const moved = old.account !== now.account || old.region !== now.region || (pkg === "kubernetes" && clusterOf(before).cluster !== clusterOf(after).cluster);
  const movers = ["region", "allowedAccountIds", "profile", "assumeRole", "assumeRoles", "accessKey", "kubeconfig", "context", "cluster"];
  if (moved) response.setReplacesList(keys.filter((key) => movers.includes(key)));
  return response;
}
