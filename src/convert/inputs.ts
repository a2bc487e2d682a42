import type { Setting } from "../settings/setting.ts";
import type { Sections } from "./form.ts";
import type { Translation } from "./translation.ts";

/** What is converted. */
export interface Input {
  readonly name: string;
  readonly settings: readonly Setting[];
  readonly warnings: readonly string[];
  readonly sections: Sections;
  /** What a container has that is no setting. */
  readonly container?: Partial<Translation>;
  readonly image?: string;
  readonly leftOut?: readonly string[];
}
