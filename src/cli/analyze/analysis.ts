import { ASSESSORS_OF_SYSTEMD } from "../../exposure/assessors.ts";
import { type Exposure, measureExposure, type Row } from "../../exposure/score.ts";
import { filesOf, type OwnedPlace } from "./files.ts";
import type { AnalyzedSubject } from "./subject.ts";

/** The result of `dynuser analyze`. */
export interface Analysis {
  readonly title: string;
  readonly before: Exposure;
  readonly after: Exposure;
  readonly rows: readonly ComparedRow[];
  readonly files: readonly OwnedPlace[];
  readonly warnings: readonly string[];
}

export interface ComparedRow {
  readonly before: Row;
  readonly after: Row;
}

/** Sorted by cost, highest first. */
export function analyzeExposure(examined: AnalyzedSubject): Analysis {
  const [before, after] = [measureExposure(examined.before), measureExposure(examined.after)];
  const rows = after.rows.map((row, index) => ({ before: before.rows[index]!, after: row }));
  return {
    title: examined.title,
    before,
    after,
    rows: rows.toSorted((a, b) => b.after.cost - a.after.cost || b.before.cost - a.before.cost),
    files: filesOf(examined),
    warnings: examined.warnings,
  };
}

/** Documented in docs/json.md. */
export function toJson({ title, before, after, rows, files, warnings }: Analysis): unknown {
  return {
    title,
    systemd: ASSESSORS_OF_SYSTEMD,
    before: summary(before),
    after: summary(after),
    rows: rows.map((row) => ({
      name: row.after.assessor.name,
      json_field: row.after.assessor.field,
      right: row.after.assessor.right,
      weight: row.after.assessor.weight,
      range: row.after.assessor.range,
      before: cell(row.before),
      after: cell(row.after),
    })),
    files: files.map(({ path, access, isTemporary, isIdMapped, mount, owners }) => ({
      path,
      access,
      temporary: isTemporary,
      idMapped: isIdMapped,
      source: mount?.source ?? null,
      owners,
    })),
    warnings,
  };
}

function summary({ tenths, level }: Exposure) {
  return { exposure: tenths / 10, level };
}

function cell({ badness, tenths }: Row) {
  return { badness: badness ?? null, exposure: badness === undefined ? null : tenths / 10 };
}
