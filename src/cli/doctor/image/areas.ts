import type { Area } from "../finding.ts";
import { entryPoint } from "./entryPoint.ts";
import type { Image } from "./image.ts";
import { setIdPrograms } from "./setIdPrograms.ts";
import { startUser } from "./startUser.ts";
import { workingDirectory } from "./workingDirectory.ts";

export const IMAGE_AREAS: readonly Area<Image>[] = [startUser, entryPoint, workingDirectory, setIdPrograms];
