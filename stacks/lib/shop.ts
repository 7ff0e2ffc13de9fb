/**
 * Names inside the cluster that the shop's stacks agree on. Pods find each other by them at run time, however often one of them is replaced, so
 * no stack has to wait for another to be applied; which versions go together is said by `requires`.
 */
export const shop = {
  databaseSecret: "shop-db",
  api: "shop-api",
} as const;
