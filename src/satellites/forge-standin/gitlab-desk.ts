import type { Shapes } from "./gitlab-shapes.ts";
import type { Model, Token } from "./model.ts";
import type { Answer, Asked } from "./server.ts";

/** What every GitLab route works with. */
export interface Desk {
  readonly model: Model;
  shapes(asked: Asked): Shapes;
  caller(asked: Asked): Token;
  pages(asked: Asked, items: readonly unknown[]): Answer;
}

export const project = (path: string): string => `/projects/:project${path}`;
export const message = (status: number, said: unknown): Answer => ({ status, body: { message: said } });
