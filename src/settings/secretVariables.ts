/** Names that secrets have: tokens, passwords, keys, and all variables of services that give access by them. */
const NAMES =
  /TOKEN|SECRET|PASSW|PASSPHRASE|CREDENTIAL|COOKIE|SESSION|WEBHOOK|_AUTH|AUTH_|API_?KEY|_KEY$|_KEY_|_PAT$|_DSN$|DATABASE_URL|CONNECTION_STRING|^(?:AWS|AZURE|GOOGLE|GCP|GCLOUD|KUBE|VAULT|SSH|GPG|DBUS|NPM_CONFIG_|OP|DOCKER)_/i;

/** Values that are secrets under any name: URLs with a password, private keys, tokens of known services. */
const VALUES =
  /:\/\/[^/\s:@]*:[^/\s@]+@|-----BEGIN [A-Z ]*PRIVATE KEY|\b(?:gh[opsur]_|github_pat_|glpat-|sk-|xox[abp]-|AKIA|ya29\.|npm_|eyJ[\w-]+\.)/;

/** The names of the caller that mean nothing in the sandbox, or another thing there. */
const FOREIGN =
  /^(?:HOME|USER|LOGNAME|MAIL|PWD|OLDPWD|SHLVL|TMPDIR|_|XDG_.*|DISPLAY|WAYLAND_DISPLAY|XAUTHORITY|LD_.*|SUDO_.*)$/;

/** The names of variables that may be passed to a program that is not trusted, sorted. */
export function harmlessVariables(environment: Readonly<Record<string, string>>): readonly string[] {
  const isHarmless = ([name, value]: readonly [string, string]) =>
    /^[A-Za-z_]\w*$/.test(name) && !FOREIGN.test(name) && !NAMES.test(name) && !VALUES.test(value);
  return Object.entries(environment)
    .filter(isHarmless)
    .map(([name]) => name)
    .sort();
}
