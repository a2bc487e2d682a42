import { getdents } from "../kernel/fileCalls.ts";
import { unlessMissing } from "../kernel/system.ts";

/** The names in a directory, as bytes, without `.` and `..`; none in one that was removed once it was open. */
export function readNames(directory: number): Buffer[] {
  return unlessMissing(() => readAll(directory, () => true)) ?? [];
}

/** As `readNames`, of the directories alone; of a file system that does not say what its entries are, of all of them. */
export function readDirectoryNames(directory: number): Buffer[] {
  const [DT_UNKNOWN, DT_DIR] = [0, 4];
  return unlessMissing(() => readAll(directory, (type) => type === DT_DIR || type === DT_UNKNOWN)) ?? [];
}

function readAll(directory: number, isWanted: (type: number) => boolean): Buffer[] {
  const names: Buffer[] = [];
  for (;;) {
    const length = getdents(directory, RECORDS);
    if (length === 0) return names;
    addNames(names, RECORDS.subarray(0, length), isWanted);
  }
}

/** One for all directories: to get a new one takes longer than to fill it. */
const RECORDS = Buffer.allocUnsafe(32768);

/** Whether a name in a directory has these bytes in it; true also where only two names beside each other have them. */
export function mayHaveName(directory: number, part: string): boolean {
  for (;;) {
    const length = getdents(directory, RECORDS);
    if (length === 0) return false;
    if (RECORDS.subarray(0, length).includes(part)) return true;
  }
}

/**
 * A few of the names that do not begin with a dot, all of them where there are few, and others each time: what the other names
 * are is not looked at.
 */
export function readSomeNames(directory: number, most: number): Buffer[] {
  let chosen: Buffer[] = [];
  for (let parts = 1; ; parts++) {
    const length = getdents(directory, RECORDS);
    if (length === 0) return chosen;
    const places = placesOfNames(RECORDS.subarray(0, length));
    if (chosen.length + places.length > most && Math.random() * parts >= 1) continue;
    const start = Math.floor(Math.random() * places.length);
    const few = [...places.slice(start), ...places.slice(0, start)].slice(0, most);
    chosen = [...few.map((at) => nameAt(RECORDS, at)), ...chosen].slice(0, most);
  }
}

function placesOfNames(records: Buffer): readonly number[] {
  const DOT = 0x2e;
  const places: number[] = [];
  for (let at = 0; at < records.length; at += records.readUInt16LE(at + 16)) {
    if (records[at + 19] !== DOT) places.push(at);
  }
  return places;
}

function nameAt(records: Buffer, at: number): Buffer {
  return Buffer.from(records.subarray(at + 19, records.indexOf(0, at + 19)));
}

/** struct linux_dirent64: u64 inode, u64 offset, u16 length of the record, u8 type, name with a NUL. */
function addNames(names: Buffer[], records: Buffer, isWanted: (type: number) => boolean): void {
  for (let at = 0; at < records.length; at += records.readUInt16LE(at + 16)) {
    if (!isWanted(records[at + 18]!)) continue;
    const name = nameAt(records, at);
    if (!isDots(name)) names.push(name);
  }
}

function isDots(name: Buffer): boolean {
  const DOT = 0x2e;
  return name[0] === DOT && (name.length === 1 || (name.length === 2 && name[1] === DOT));
}
