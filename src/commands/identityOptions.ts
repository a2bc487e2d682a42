import type { Option } from "./options.ts";

export const GC_OPTIONS = [
  { name: "dry-run", summary: "only tell what would be collected; exits with 1 if there is something" },
  { name: "json", summary: "print JSON" },
] as const satisfies readonly Option[];

export const UID_OPTIONS = [
  { name: "at", argument: "TIME", summary: "whois: at this time, such as 2026-11-25T13:00, local or with its zone" },
  { name: "json", summary: "print JSON" },
] as const satisfies readonly Option[];
