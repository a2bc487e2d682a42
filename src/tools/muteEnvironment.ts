/**
 * Variables by which the engine in our binary executes or opens what the environment names, and which no build flag
 * switches off: options with `--preload`, the whole Bun CLI, the inspector, files for statistics, an IPC channel on any
 * descriptor. `sudo -E` would hand them to root.
 */
const NAMES = ["BUN_OPTIONS", "BUN_BE_BUN", "BUN_INSPECT", "BUN_BYTECODE_", "NODE_CHANNEL_FD"] as const;

/**
 * Options of the JavaScript engine, `BUN_JSC_functionOverrides=FILE` among them: compared byte by byte in the code,
 * `cmpb $'B', (reg); … cmpb $'U', 1(reg); …` on x86-64; on arm64 they stay.
 */
const ENGINE_OPTIONS = new RegExp(
  [..."BUN_JSC_"].map((byte, at) => (at === 0 ? byte : `\\x0${at}${byte}`)).join(".{2,8}"),
  "gs",
);

/**
 * Makes the program deaf to them: the first byte of each name becomes NUL, which no variable of any environment has.
 * Text of scripts and messages stays. The length does not change, so neither does any offset.
 * @throws Error when a name is not found, because another version of Bun or another processor has it elsewhere
 */
export function disableRuntimeVariables(program: Buffer, arch: string): void {
  for (const name of NAMES) mute(program, name, placesOf(program, name));
  if (arch !== "x64") return;
  mute(
    program,
    "BUN_JSC_",
    [...program.toString("latin1").matchAll(ENGINE_OPTIONS)].map(({ index }) => index),
  );
}

function mute(program: Buffer, name: string, places: readonly number[]): void {
  if (places.length === 0) throw new Error(`found no ${name} in the compiled program, expected it to be muted`);
  for (const place of places) program[place] = 0;
}

function placesOf(program: Buffer, name: string): readonly number[] {
  const places: number[] = [];
  for (let at = program.indexOf(name); at >= 0; at = program.indexOf(name, at + 1)) places.push(at);
  return places.filter((place) => !isInText(program, place));
}

/** A name in a table follows a NUL or another name; one in a script or a message follows a dot, a blank, a quote. */
function isInText(program: Buffer, place: number): boolean {
  return " .\"'`$[\n\x1b".includes(String.fromCharCode(program[place - 1]!));
}
