/** More than this many and this share of a stack gone at once is a wrong account or kubeconfig until a person says otherwise. */
const mostGone = { count: 3, share: 0.2 };

/**
 * Why so much being gone must not be answered by making it again; undefined when a person could have deleted it by hand.
 * Asked by an apply and by a drift repair alike.
 */
export function vanished(gone: number, resources: number, environment: string): { readonly reason: string; readonly todo: string } | undefined {
  if (gone <= Math.max(mostGone.count, resources * mostGone.share)) return undefined;
  return {
    reason: `${gone} of ${resources} resources are gone from the cloud at once`,
    todo: `See that credentials and kubeconfig point where they always did. If they do, and it is lost: trueup rebuild ${environment} --dry-run`,
  };
}
