import { isBelow } from "../../../apply/mounts/mountState.ts";
import type { OwnedPlace } from "../files.ts";
import { type Html, html } from "./html.ts";

const LEGEND = [
  ["writable", "writable"],
  ["readOnly", "read-only"],
  ["inaccessible", "inaccessible"],
  ["temporary", "in memory, empty at the start"],
] as const;

/** The container's file system; each place stands below the nearest one above it. */
export function renderTree(files: readonly OwnedPlace[]): Html {
  const [root, ...others] = files;
  if (root === undefined) return html``;
  return html`<section aria-labelledby="files">
<h2 id="files">Its file system</h2>
<p class="note">Places that differ from what is above them, and who asked for it.</p>
<div class="legend">${LEGEND.map(([kind, text]) => html`<span class="${kind}"><span class="swatch"></span>${text}</span>`)}</div>
<ul class="tree">${renderNode(root, others)}</ul>
</section>`;
}

function renderNode(place: OwnedPlace, others: readonly OwnedPlace[]): Html {
  const below = others.filter(({ path }) => isBelow(path, place.path));
  const children = below.filter(({ path }) => !below.some((other) => isBelow(path, other.path)));
  const list = children.length === 0 ? html`` : html`<ul>${children.map((child) => renderNode(child, below))}</ul>`;
  return html`<li class="${place.access}${place.isTemporary ? " temporary" : ""}">
${renderPlace(place)}${list}</li>`;
}

const WORDS = { writable: "writable", readOnly: "read-only", inaccessible: "inaccessible" } as const;

function renderPlace({ path, access, isTemporary, isIdMapped, owners }: OwnedPlace): Html {
  return html`<div class="place"><span class="swatch" aria-hidden="true"></span><span class="path">${path}</span>
<span class="what">${WORDS[access]}${isTemporary ? ", in memory" : ""}</span>
${isIdMapped ? html`<span class="mapped-tag">ID-mapped</span>` : html``}
${owners.map((owner) => html`<span class="owner">${owner === "engine" ? "as it was" : `${owner}=`}</span>`)}</div>`;
}
