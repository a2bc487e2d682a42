import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";

const FLAGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--window-size=1600,1200",
];

export interface View {
  readonly width: number;
  readonly scheme: "light" | "dark";
}

/** chromium's own numbers of the two. */
const SCHEMES = { dark: 0, light: 1 } as const;

/**
 * What `measure`, a function's text, returns for the page's window in a real browser. The page is in a frame of that
 * width, since a page that forbids scripts cannot measure itself.
 */
export function measurePage<T>(page: string, measure: string, { width, scheme }: View): T {
  const directory = mkdtempSync("/tmp/dynuser-test-");
  try {
    const frame = page.replaceAll("&", "&amp;").replaceAll('"', "&quot;");
    const script = `const w = document.querySelector("iframe").contentWindow; document.body.textContent = "RESULT" + JSON.stringify((${measure})(w)) + "END";`;
    writeFileSync(
      `${directory}/frame.html`,
      `<!doctype html><meta charset="utf-8"><iframe srcdoc="${frame}" style="width:${width}px;height:1000px;border:0"></iframe><script>onload = () => { ${script} }</script>`,
    );
    const { stdout, stderr } = spawnSync(
      "chromium",
      [
        ...FLAGS,
        `--user-data-dir=${directory}/user`,
        `--blink-settings=preferredColorScheme=${SCHEMES[scheme]}`,
        "--dump-dom",
        `file://${directory}/frame.html`,
      ],
      {
        env: { ...process.env, HOME: directory },
        encoding: "utf8",
        timeout: 60_000,
        killSignal: "SIGKILL",
        maxBuffer: 64 << 20,
      },
    );
    const result = /RESULT(.*)END/s.exec(stdout.replace(/<script.*$/s, ""))?.[1];
    if (result === undefined) throw new Error(`the browser measured nothing: ${stderr}`);
    return JSON.parse(result.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&"));
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
