/** Text of HTML; only what comes from here goes into a page as it is. */
export interface Html {
  readonly html: string;
}

/** A template whose values are escaped, unless they are Html themselves; lists are put one after the other. */
export function html(parts: TemplateStringsArray, ...values: readonly (string | Html | readonly Html[])[]): Html {
  const rendered = values.map((value) =>
    typeof value === "string" ? escapeHtml(value) : [value].flat().map(textOf).join(""),
  );
  return { html: String.raw({ raw: parts }, ...rendered) };
}

function textOf(value: Html | readonly Html[]): string {
  return "html" in value ? value.html : "";
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Names of files may hold anything: control characters, and marks that turn the direction of text, are made visible. */
function escapeHtml(text: string): string {
  return text
    .replace(/[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g, showCode)
    .replace(/[&<>"']/g, (character) => ENTITIES[character]!);
}

function showCode(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
