const UNITS = ["B", "K", "M", "G", "T", "P"] as const;

/** `512B`, `1.2M`: powers of 1024, as of `ls -h`. */
export function formatSize(bytes: number): string {
  const power = bytes < 1 ? 0 : Math.min(Math.floor(Math.log2(bytes) / 10), UNITS.length - 1);
  const value = bytes / 1024 ** power;
  return `${value < 10 && power > 0 ? value.toFixed(1) : Math.round(value)}${UNITS[power]}`;
}
