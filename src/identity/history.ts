import { tryReadText } from "../sys/files.ts";
import { listHolders, readHolder } from "./holder.ts";
import { ledgerFiles, type Period, periodsOf } from "./ledger.ts";
import { currentBoot } from "./process.ts";
import type { Registry } from "./registry.ts";

/** What is known of who had which UID when. */
export interface History {
  /** Oldest first. */
  readonly periods: readonly KnownPeriod[];
  /** Lines that are none of ours, `FILE:LINE`. */
  readonly damaged: readonly string[];
}

/** Without `to` it still holds, if `state` says so; otherwise nobody has recorded its end. */
export interface KnownPeriod extends Period {
  readonly state: "holds" | "ended" | "unknown";
}

/** All of the ledger, with the leases of this moment. Damaged lines are left out and told. */
export function readHistory(registry: Registry): History {
  const lines = ledgerFiles(registry.places.ledger).toReversed().flatMap(readLines);
  const recorded = new Map<string, Period>();
  for (const { period } of lines) if (period !== undefined) recorded.set(keyOf(period), period);
  const held = new Map(heldNow(registry).map((period) => [keyOf(period), period]));
  const periods = [...new Map([...recorded, ...held])].map(([key, period]): KnownPeriod => {
    const state = held.has(key) ? "holds" : period.to === undefined ? "unknown" : "ended";
    const isOfEarlierBoot = state === "unknown" && period.boot !== currentBoot();
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

/** The line of a period's end takes the place of that of its begin. */
function keyOf({ uid, container, from }: Period): string {
  return `${uid} ${from} ${container}`;
}

interface Line {
  readonly place: string;
  readonly period: Period | undefined;
}

function readLines(path: string): readonly Line[] {
  return (tryReadText(path) ?? "").split("\n").flatMap((text, index) => {
    if (text === "") return [];
    return [{ place: `${path}:${index + 1}`, period: parsePeriod(text) }];
  });
}

function parsePeriod(text: string): Period | undefined {
  const value = parseJson(text);
  if (typeof value !== "object" || value === null || !("uid" in value) || !Number.isInteger(value.uid))
    return undefined;
  const fields: Readonly<Record<string, unknown>> = { ...value };
  const isText = (field: string) => typeof fields[field] === "string";
  const isTime = (field: string) => isText(field) && !Number.isNaN(Date.parse(fields[field] as string));
  const isWhole =
    ["name", "container", "boot"].every(isText) &&
    isTime("from") &&
    (fields["to"] === undefined || isTime("to")) &&
    ["engine", "image", "why"].every((field) => fields[field] === undefined || isText(field));
  return isWhole ? (value as Period) : undefined;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
