export function normalise(key: string): string {
  return decodeURIComponent(key.replace(/\+/g, " "));
}

export class Keys {
  constructor(private readonly prefix: string) {}

  of(key: string): string {
    return `${this.prefix}/${key.replace(/\.jpg$/, ".small.jpg")}`;
  }
}
