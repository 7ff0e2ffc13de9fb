/** `subnetCidr("10.20.0.0/16", 3)` is "10.20.48.0/20": the n-th of the sixteen /20 blocks of a /16. */
export function subnetCidr(vpcCidr: string, index: number): string {
  const [address = "", bits] = vpcCidr.split("/");
  const [a, b] = address.split(".");
  if (bits !== "16" || a === undefined || b === undefined) throw new Error(`${vpcCidr}: a network of this estate is a /16`);
  if (!Number.isInteger(index) || index < 0 || index > 15) throw new Error(`${vpcCidr}: there is no block ${index}, a /16 has sixteen /20 blocks`);
  return `${a}.${b}.${index * 16}.0/20`;
}
