/** One word for a POSIX shell. */
export function quoteForShell(word: string): string {
  return /^[A-Za-z0-9_./:=@%,+-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** One word of a unit file, whatever is in it; systemd would replace specifiers before podman sees them. */
export function quoteForUnit(word: string): string {
  const escaped = word.replaceAll("%", "%%");
  if (/^[A-Za-z0-9_./:=@%,+-]+$/.test(escaped)) return escaped;
  return `"${escaped.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n").replaceAll("$", "$$$$")}"`;
}

/** podman takes the words of this option for records of comma-separated values (RFC 4180). */
export function annotationOf(name: string, value: string): string {
  const field = `dynuser/${name}=${value}`;
  return /[",\n\r]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field;
}
