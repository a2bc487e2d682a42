import { CString, dlopen } from "bun:ffi";

/** strerror(3) of an errno's name, `ENOENT`: `No such file or directory`; an unknown name as it is. */
export function errnoText(code: string): string {
  const { errno: known } = process.getBuiltinModule("node:os").constants;
  const number = (known as Readonly<Record<string, number>>)[code];
  return number === undefined ? code : strerror(number);
}

/** Opened apart from the other symbols, each of which costs every start: this one is for errors. */
function strerror(number: number): string {
  const { symbols } = dlopen("libc.so.6", { strerror: { args: ["i32"], returns: "ptr" } });
  return new CString((symbols.strerror as (number: number) => number)(number)).toString();
}
