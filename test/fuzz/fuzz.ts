import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type Finding, findFaults } from "./campaign.ts";

/*
 * The long mode: `npm run fuzz [-- --cases N --seed S]`. Batches run in processes of their own, so that one that hangs or
 * dies is reported with its seeds; what is found goes to corpus/, where the short mode reads it again.
 */

const BATCH = 10_000;
const BATCH_SECONDS = 300;
const CORPUS = join(import.meta.dirname, "corpus");

const { values } = parseArgs({
  options: {
    cases: { type: "string", default: "1000000" },
    seed: { type: "string", default: String(Math.floor(Math.random() * 2 ** 30)) },
    batch: { type: "string" },
  },
});

if (values.batch === undefined) await runCampaign(Number(values.seed), Number(values.cases));
else console.log(JSON.stringify(await findFaults(Number(values.batch), Number(values.cases))));

async function runCampaign(seed: number, cases: number): Promise<void> {
  console.log(`${cases} cases from seed ${seed} on (repeat: npm run fuzz -- --seed ${seed} --cases ${cases})`);
  let found = 0;
  for (let done = 0; done < cases; done += BATCH) {
    const findings = await runBatch(seed + done, Math.min(BATCH, cases - done));
    for (const finding of findings) keep(finding);
    found += findings.length;
    if ((done / BATCH) % 10 === 9) console.log(`${done + BATCH} cases, ${found} faults`);
  }
  console.log(`${cases} cases, ${found} faults`);
  process.exitCode = found === 0 ? 0 : 1;
}

function runBatch(first: number, count: number): Promise<readonly Finding[]> {
  const args = [import.meta.filename, "--batch", String(first), "--cases", String(count)];
  const child = spawn(process.execPath, args, {
    stdio: ["ignore", "pipe", "inherit"],
    timeout: BATCH_SECONDS * 1000,
    killSignal: "SIGKILL",
  });
  let output = "";
  child.stdout.on("data", (data) => {
    output += data;
  });
  return new Promise((resolve) =>
    child.on("close", (code, signal) => {
      const problem = `batch of ${count} ended with ${signal ?? code}`;
      resolve(code === 0 ? JSON.parse(output) : [{ target: "none", seed: first, text: "", problem }]);
    }),
  );
}

function keep({ target, seed, text, problem }: Finding): void {
  console.log(`seed ${seed}: ${target}: ${problem}\n  ${JSON.stringify(text).slice(0, 400)}`);
  if (target !== "none") writeFileSync(join(CORPUS, `${target}-${seed}`), text);
}
