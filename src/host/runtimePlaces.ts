/** Where the administrator names low-level runtimes that are elsewhere, by links called crun and runc. */
export const CONFIGURED_RUNTIMES = "/etc/dynuser/runtimes";

/** Where NixOS, Homebrew and distributions of Kubernetes have programs of their own. */
export const FURTHER_PLACES = [
  "/run/current-system/sw/bin",
  "/home/linuxbrew/.linuxbrew/bin",
  "/var/lib/rancher/k3s/data/current/bin",
  "/var/lib/rancher/rke2/bin",
  "/var/lib/k0s/bin",
  "/snap/microk8s/current/bin",
] as const;

/** Fixed places: what an environment variable says is never believed. */
export const PLACES = [
  CONFIGURED_RUNTIMES,
  "/usr/bin",
  "/usr/sbin",
  "/usr/local/bin",
  "/usr/local/sbin",
  "/bin",
  "/sbin",
  ...FURTHER_PLACES,
] as const;
