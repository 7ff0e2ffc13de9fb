/** Cuts a stream into lines. What is longer than `cap` ends it: a stranger must not fill our memory. */
export function lineReader(cap: number, take: (line: string) => void): (chunk: Buffer) => void {
  let kept: Buffer[] = [];
  let size = 0;
  return (chunk) => {
    let rest = chunk;
    for (let at = rest.indexOf(10); at >= 0; at = rest.indexOf(10)) {
      const line = Buffer.concat([...kept, rest.subarray(0, at)]).toString("utf8");
      kept = [];
      size = 0;
      rest = rest.subarray(at + 1);
      if (line !== "") take(line);
    }
    size += rest.length;
    if (size > cap) throw new Error(`a line is longer than ${cap} bytes`);
    if (rest.length > 0) kept.push(rest);
  };
}
