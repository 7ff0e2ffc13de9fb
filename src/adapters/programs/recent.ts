/** Which answers are kept besides their number: those of a large repository are large. */
export interface Weights<T> {
  readonly of: (answer: T) => number;
  /** Of all that are kept together. */
  readonly most: number;
  /** So many are kept, whatever they weigh: what is compared must be there together. */
  readonly least: number;
}

/** Answers of the newest questions, asked once each. A question that failed is asked again. */
export class Recent<T> {
  readonly #most: number;
  readonly #weights: Weights<T> | undefined;
  readonly #known = new Map<string, Promise<T>>();
  readonly #weighed = new Map<Promise<T>, number>();

  constructor(most: number, weights?: Weights<T>) {
    this.#most = most;
    this.#weights = weights;
  }

  of(question: string, ask: () => Promise<T>): Promise<T> {
    const known = this.#known.get(question);
    const answer = known ?? ask();
    this.#known.delete(question);
    this.#known.set(question, answer);
    if (known === undefined) this.#expect(question, answer);
    if (this.#known.size > this.#most) this.#dropOldest();
    return answer;
  }

  #expect(question: string, answer: Promise<T>): void {
    answer.then(
      (value) => this.#weigh(question, answer, value),
      () => void (this.#known.get(question) === answer && this.#known.delete(question)),
    );
  }

  #weigh(question: string, answer: Promise<T>, value: T): void {
    if (this.#weights === undefined || this.#known.get(question) !== answer) return;
    this.#weighed.set(answer, this.#weights.of(value));
    while (this.#known.size > this.#weights.least && this.#weight() > this.#weights.most) this.#dropOldest();
  }

  #weight(): number {
    return [...this.#weighed.values()].reduce((sum, one) => sum + one, 0);
  }

  #dropOldest(): void {
    const [oldest] = this.#known;
    if (oldest === undefined) return;
    const [question, answer] = oldest;
    this.#known.delete(question);
    this.#weighed.delete(answer);
  }
}
