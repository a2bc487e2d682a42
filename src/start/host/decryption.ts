import { UserError } from "../../errors.ts";
import { statusOf } from "../../sys/files/status.ts";
import { filterThrough } from "../../sys/process/process.ts";

const PROGRAM = "/usr/bin/systemd-creds";

/**
 * What systemd-creds(1) has encrypted for this host, under this name.
 * @throws UserError when that program is missing or will not do it
 */
export function decrypt(name: string, bytes: Uint8Array): Uint8Array {
  if (statusOf(PROGRAM) === undefined) {
    throw new UserError(`cannot decrypt the credential ${name}: found no ${PROGRAM}, expected systemd 250 or newer`);
  }
  const text = Buffer.from(bytes).toString("base64");
  const { code, output, errors } = filterThrough(PROGRAM, ["decrypt", `--name=${name}`, "-", "-"], text);
  if (code === 0) return output;
  throw new UserError(
    `cannot decrypt the credential ${name}: systemd-creds says ${errors.trim().replaceAll("\n", "; ")}`,
  );
}
