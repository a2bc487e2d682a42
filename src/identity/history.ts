import { bootId } from "../sys/boot.ts";
import { tryReadText } from "../sys/files/files.ts";
import { listHolders, readHolder } from "./holder.ts";
import { ledgerFiles, type Period, periodFormat, periodsOf } from "./ledger.ts";
import type { Registry } from "./registry.ts";

/** Which container had which UID at which time. */
export interface History {
  /** Oldest first. */
  readonly periods: readonly KnownPeriod[];
  /** Lines that are no record of dynuser, `FILE:LINE`. */
  readonly damaged: readonly string[];
}

/** Without `to` it either still holds (see `state`) or its end was never recorded. */
export interface KnownPeriod extends Period {
  readonly state: "holds" | "ended" | "unknown";
}

/** All of the ledger, with the present leases. Damaged lines are left out and listed. */
export function readHistory(registry: Registry): History {
  const lines = ledgerFiles(registry.paths.ledger).toReversed().flatMap(readLines);
  const recorded = new Map<string, Period>();
  for (const { period } of lines) if (period !== undefined) recorded.set(keyOf(period), period);
  const held = new Map(heldNow(registry).map((period) => [keyOf(period), period]));
  const periods = [...new Map([...recorded, ...held])].map(([key, period]): KnownPeriod => {
    const state = held.has(key) ? "holds" : period.to === undefined ? "unknown" : "ended";
    const isOfEarlierBoot = state === "unknown" && period.boot !== bootId();
    return { ...period, ...(isOfEarlierBoot ? { why: "reboot" } : {}), state };
  });
  return {
    periods: periods.toSorted((a, b) => (a.from < b.from ? -1 : a.from > b.from ? 1 : 0)),
    damaged: lines.flatMap(({ place, period }) => (period === undefined ? [place] : [])),
  };
}

function heldNow(registry: Registry): readonly Period[] {
  return listHolders(registry).flatMap((id) => {
    const holder = readHolder(id, registry);
    return holder === undefined ? [] : periodsOf(holder);
  });
}

/** The line of a period's end replaces the line of its begin. */
function keyOf({ uid, container, from }: Period): string {
  return `${uid} ${from} ${container}`;
}

interface Line {
  readonly place: string;
  readonly period: Period | undefined;
}

function readLines(path: string): readonly Line[] {
  return (tryReadText(path) ?? "").split("\n").flatMap((line, index) => {
    // a file system may fill the end of a file with zeros when the host is reset
    const text = line.replaceAll("\0", "");
    if (text === "") return [];
    return [{ place: `${path}:${index + 1}`, period: periodFormat.parse(text) }];
  });
}
