import { quote, UserError } from "../errors.ts";
import { PROFILES_DIRECTORY } from "../model/paths.ts";
import { listDirectory } from "../sys/files/files.ts";
import { statusOf } from "../sys/files/status.ts";
import { didYouMean } from "../values/suggestion.ts";

/**
 * The file of a profile: a path as it is, a name in the working directory or in the administrator's directory.
 * @param builtIn names of profiles that need no file, for the message
 * @throws UserError where a name is in neither
 */
export function profilePath(asked: string, builtIn: readonly string[]): string {
  const places = [asked, `${PROFILES_DIRECTORY}/${asked}.yaml`];
  const found = asked.includes("/") ? asked : places.find((path) => statusOf(path) !== undefined);
  if (found !== undefined) return found;
  const names = statusOf(PROFILES_DIRECTORY)?.isDirectory() ? listDirectory(PROFILES_DIRECTORY) : [];
  const known = [...builtIn, ...names.map((name) => name.replace(/\.yaml$/, ""))];
  throw new UserError(
    `cannot find the profile ${quote(asked)}: found no such file here, and none in ${PROFILES_DIRECTORY}, expected a file or ${known.join(", ")} (--profile)${didYouMean(asked, known)}`,
  );
}
