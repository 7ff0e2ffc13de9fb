/** Maps in order with at most `limit` calls under way. The first failure ends it. */
export async function mapBounded<A, B>(items: readonly A[], limit: number, map: (item: A) => Promise<B>): Promise<B[]> {
  const results: B[] = [];
  for (let at = 0; at < items.length; at += limit) results.push(...(await Promise.all(items.slice(at, at + limit).map(map))));
  return results;
}
