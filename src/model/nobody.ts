/** UID and GID of the user `nobody`, the kernel's overflow ID (systemd's docs/UIDS-GIDS.md). */
export const NOBODY_ID = 65534;

export const NOBODY = { uid: NOBODY_ID, gid: NOBODY_ID } as const;
