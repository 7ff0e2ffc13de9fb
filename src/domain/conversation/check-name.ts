/** Name of the one check per environment that a pull request gets: what branch protection asks for. */
export function previewCheck(environment: string): string {
  return `trueup/preview (${environment})`;
}
