import { SystemError } from "./kernel/system.ts";

/** The addresses of a host, as getaddrinfo(3) finds them; undefined where it finds none. */
export async function resolveName(name: string): Promise<readonly string[] | undefined> {
  const { lookup } = process.getBuiltinModule("node:dns").promises;
  try {
    const found = await lookup(name, { all: true });
    return [...new Set(found.map(({ address }) => address))];
  } catch (error) {
    if (error instanceof SystemError) throw error;
    return undefined;
  }
}
