import { basename } from "node:path";
import { UserError } from "../errors.ts";
import { readInput as readFileOf } from "../run/request/request.ts";
import { readUnit } from "../settings/unit.ts";
import { unitSections } from "../settings/unitFile.ts";
import type { Input } from "./inputs.ts";
import { readContainer } from "./quadletInput.ts";

/** A unit with its drop-ins, or a `.container` file of Quadlet. */
export function readInput(operand: string): Input {
  if (operand.endsWith(".container")) return readContainer(basename(operand), readFileOf(operand, "UNIT"));
  const { name, path, sources } = readUnit(operand, "UNIT");
  const settings = sources.flatMap((source) => source.settings);
  if (settings.length === 0) throw new UserError(`cannot convert ${name}: found no setting in [Service]`);
  return {
    name,
    settings,
    warnings: sources.flatMap(({ warnings }) => warnings),
    sections: unitSections(readFileOf(path, "UNIT")),
  };
}
