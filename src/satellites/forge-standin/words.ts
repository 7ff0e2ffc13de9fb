import type { Asked } from "./server.ts";

/** Reading what clients send: JSON, form or query, where numbers and flags may arrive as text. */

export const text = (value: unknown): string | undefined => (typeof value === "string" ? value : typeof value === "number" ? String(value) : undefined);

export const flag = (value: unknown): boolean | undefined =>
  value === undefined || value === null ? undefined : value === true || value === "true" || value === "1";

export const record = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Readonly<Record<string, unknown>>) : {};

export const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

export interface Page<Item> {
  readonly items: readonly Item[];
  readonly page: number;
  readonly perPage: number;
  readonly pages: number;
  readonly total: number;
}

export function paged<Item>(asked: Asked, items: readonly Item[], usual: number): Page<Item> {
  const perPage = Math.min(100, Math.max(1, Number(asked.url.searchParams.get("per_page") ?? usual) || usual));
  const page = Math.max(1, Number(asked.url.searchParams.get("page") ?? 1) || 1);
  return {
    items: items.slice((page - 1) * perPage, page * perPage),
    page,
    perPage,
    pages: Math.max(1, Math.ceil(items.length / perPage)),
    total: items.length,
  };
}

/** The Link header of a page; a relation that has no page is left out, as hosts do. */
export function linkHeader(asked: Asked, { page, pages, perPage }: Page<unknown>): string {
  const at = (number: number): string => {
    const url = new URL(asked.url);
    url.searchParams.set("page", String(number));
    url.searchParams.set("per_page", String(perPage));
    return url.toString();
  };
  const relations: [string, number | undefined][] = [
    ["prev", page > 1 ? page - 1 : undefined],
    ["next", page < pages ? page + 1 : undefined],
    ["first", page > 1 ? 1 : undefined],
    ["last", page < pages ? pages : undefined],
  ];
  return relations.flatMap(([relation, number]) => (number === undefined ? [] : [`<${at(number)}>; rel="${relation}"`])).join(", ");
}
