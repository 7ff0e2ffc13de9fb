import { describe, expect, it } from "vitest";
import { ofFork, resolveEnvironment, resolveOrganisation, type Identity } from "./index.ts";
import { Problem } from "../../base/problem/index.ts";

const reader = { role: "arn:aws:iam::123456789012:role/trueup/preview" };
const environment = (identity?: unknown, organisation?: unknown): Identity =>
  resolveEnvironment("prod", { cloud: "sandbox", stacks: {}, identity }, resolveOrganisation(organisation)).identity;
const refusal = (identity: unknown, organisation?: unknown): string => {
  try {
    environment(identity, organisation);
  } catch (thrown) {
    if (thrown instanceof Problem) return `${thrown.what}; ${thrown.todo}`;
    throw thrown;
  }
  return "";
};

describe("with what code runs", () => {
  it("is what worked before anybody said it", () => {
    expect(environment()).toEqual({ preview: { as: "ambient", network: true, isolation: "preferred" }, apply: { as: "ambient" } });
  });

  it("is a role, or nothing, and nothing reaches no network unless that is said", () => {
    expect(environment({ preview: { as: reader } }).preview).toEqual({ as: reader, network: true, isolation: "preferred" });
    expect(environment({ preview: { as: "none" } }).preview).toEqual({ as: "none", network: false, isolation: "preferred" });
    expect(environment({ preview: { as: "none", network: true } }).preview.network).toBe(true);
  });

  it("comes from the organisation where the environment says nothing, key by key", () => {
    const organisation = { identity: { preview: { as: "none", isolation: "required" }, apply: { as: reader } } };
    expect(environment(undefined, organisation)).toEqual({ preview: { as: "none", network: false, isolation: "required" }, apply: { as: reader } });
    expect(environment({ preview: { as: reader } }, organisation).preview).toEqual({ as: reader, network: true, isolation: "required" });
    expect(environment({ preview: { network: true } }, organisation).preview).toEqual({ as: "none", network: true, isolation: "required" });
  });

  it("cannot do without the walls that the organisation demands", () => {
    const organisation = { identity: { preview: { isolation: "required" } } };
    expect(refusal({ preview: { isolation: "preferred" } }, organisation)).toMatch(/identity\.preview\.isolation is preferred, looser than the required/);
  });

  it("is nothing for a fork, whatever is declared", () => {
    const declared = environment({ preview: { as: reader, network: true, isolation: "required" } });
    expect(ofFork(declared)).toEqual({ preview: { as: "none", network: false, isolation: "required" }, apply: { as: "ambient" } });
  });

  it.each([
    [{ preview: { as: { role: "admin" } } }, /"admin" is no role: arn:aws:iam::/],
    [{ apply: { as: "none" } }, /identity\.apply\.as/],
    [{ preveiw: {} }, /unknown key "preveiw" at identity\.preveiw; Did you mean "preview"\?|unknown key "preveiw"/],
    [{ preview: { as: reader, netwrok: true } }, /unknown key "netwrok"/],
  ])("refuses %j", (identity, says) => {
    expect(refusal(identity)).toMatch(says);
  });
});
