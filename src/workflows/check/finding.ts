/** One thing that `trueup check` has to say. Errors are what preview and apply would refuse, or plain pulumi would get wrong; warnings stop nothing. */
export interface Finding {
  readonly level: "error" | "warning";
  /** `file:line`, or the file where a line means nothing. */
  readonly at: string;
  readonly what: string;
  readonly todo: string;
}
