import type { Option } from "../options.ts";

export const DOCTOR_OPTIONS = [{ name: "json", summary: "print JSON" }] as const satisfies readonly Option[];
