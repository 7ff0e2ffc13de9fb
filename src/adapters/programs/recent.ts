/** Answers of the newest questions, asked once each. A question that failed is asked again. */
export class Recent<T> {
  readonly #most: number;
  readonly #known = new Map<string, Promise<T>>();

  constructor(most: number) {
    this.#most = most;
  }

  of(question: string, ask: () => Promise<T>): Promise<T> {
    const answer = this.#known.get(question) ?? ask();
    this.#known.delete(question);
    this.#known.set(question, answer);
    answer.catch(() => {
      if (this.#known.get(question) === answer) this.#known.delete(question);
    });
    const oldest = this.#known.size > this.#most ? this.#known.keys().next().value : undefined;
    if (oldest !== undefined) this.#known.delete(oldest);
    return answer;
  }
}
