import type { Shapes } from "./github-shapes.ts";
import type { Model, Token } from "./model.ts";
import type { Answer, Asked } from "./server.ts";

/** An app and its key: what signs with the key may ask for a token of the installation. */
export interface AppFacts {
  readonly id: number;
  readonly slug: string;
  readonly installation: number;
  readonly publicKey: string;
}

export interface GithubFacts {
  readonly model: Model;
  /** By value. */
  readonly tokens: Map<string, Token>;
  readonly app: AppFacts | undefined;
}

/** What every GitHub route works with. */
export interface Desk {
  readonly model: Model;
  readonly facts: GithubFacts;
  shapes(asked: Asked): Shapes;
  /** Whose token it is. */
  caller(asked: Asked): Token;
  /** An app's own signature, not a token. */
  app(): AppFacts;
  pages(asked: Asked, items: readonly unknown[], wrap?: (items: readonly unknown[]) => unknown): Answer;
}

export const repo = (path: string): string => `/repos/:owner/:repo${path}`;
export const message = (status: number, said: string, errors?: readonly unknown[]): Answer => ({
  status,
  body: { message: said, ...(errors === undefined ? {} : { errors }), documentation_url: "https://docs.github.com/rest", status: String(status) },
});
