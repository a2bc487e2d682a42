/** A test that a document names as proof: its file, and a part of its title. */
interface NamedTest {
  readonly path: string;
  readonly title: string;
}

/** Those of a document, written as `test/FILE.test.ts` "part of a title". */
export function namedTests(text: string): readonly NamedTest[] {
  const line = text.replaceAll(/\s+/g, " ");
  return [...line.matchAll(/`(test\/\S+\.test\.ts)` "([^"]+)"/g)].map(([, path = "", title = ""]) => ({ path, title }));
}

/** What a document names of files that ran, and that did not run: a line each. */
export function missingTests(text: string, ran: ReadonlyMap<string, readonly string[]>): readonly string[] {
  return namedTests(text).flatMap(({ path, title }) => {
    const titles = ran.get(path);
    if (titles === undefined || titles.some((one) => one.includes(title))) return [];
    return [`names "${title}" of ${path}, found no test of that title that ran`];
  });
}
