import { readRecord } from "../files/files.ts";
import { writeText } from "../files/write.ts";
import { hasCode } from "../kernel/system.ts";

const OWN = "/proc/self/oom_score_adj";

/** Found by trying: CAP_SYS_RESOURCE counts in the host's user namespace alone, and the least value shows nowhere. */
export function canSetOomScore(score: number): boolean {
  const own = readRecord(OWN).trim();
  if (score >= Number(own)) return true;
  try {
    writeText(OWN, String(score));
    writeText(OWN, own);
    return true;
  } catch (error) {
    if (hasCode(error, "EACCES", "EPERM")) return false;
    throw error;
  }
}
