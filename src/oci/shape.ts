/*
 * The shape of what dynuser reads in config.json and in exec's process files; other members are not examined. Engines write
 * well-formed files, but a runtime can be called by other programs too.
 */

type Shape =
  | "text"
  | "flag"
  | "integer"
  | "number"
  | "unsigned"
  | "comparison"
  | "argument"
  | "id"
  | List
  | Fields
  | Values;
interface List {
  readonly list: Shape;
}
interface Fields {
  readonly fields: Readonly<Record<string, Shape>>;
  readonly required?: readonly string[];
}
interface Values {
  readonly values: Shape;
}

const TEXTS: Shape = { list: "text" };
const IDS: Shape = { list: { fields: { containerID: "id", hostID: "id", size: "integer" } } };

export const PROCESS: Shape = {
  required: ["user", "cwd"],
  fields: {
    user: {
      required: ["uid", "gid"],
      fields: { uid: "id", gid: "id", umask: "integer", additionalGids: { list: "id" }, username: "text" },
    },
    cwd: "text",
    args: TEXTS,
    env: TEXTS,
    terminal: "flag",
    noNewPrivileges: "flag",
    oomScoreAdj: "integer",
    capabilities: { values: TEXTS },
    rlimits: {
      list: { required: ["type", "soft", "hard"], fields: { type: "text", soft: "unsigned", hard: "unsigned" } },
    },
  },
};

const SECCOMP: Shape = {
  required: ["defaultAction"],
  fields: {
    defaultAction: "text",
    defaultErrnoRet: "integer",
    architectures: TEXTS,
    flags: TEXTS,
    syscalls: {
      list: {
        required: ["names", "action"],
        fields: {
          names: TEXTS,
          action: "text",
          errnoRet: "integer",
          args: {
            list: {
              required: ["index", "value", "op"],
              fields: { index: "argument", value: "unsigned", valueTwo: "unsigned", op: "comparison" },
            },
          },
        },
      },
    },
  },
};

const DEVICE_NUMBERS = { type: "text", major: "integer", minor: "integer" } as const;

export const SPEC: Shape = {
  required: ["ociVersion"],
  fields: {
    ociVersion: "text",
    process: PROCESS,
    root: { required: ["path"], fields: { path: "text", readonly: "flag" } },
    hostname: "text",
    mounts: {
      list: {
        required: ["destination"],
        fields: {
          destination: "text",
          type: "text",
          source: "text",
          options: TEXTS,
          uidMappings: IDS,
          gidMappings: IDS,
        },
      },
    },
    hooks: { values: { list: { required: ["path"], fields: { path: "text", args: TEXTS, env: TEXTS } } } },
    annotations: { values: "text" },
    linux: {
      fields: {
        namespaces: { list: { required: ["type"], fields: { type: "text", path: "text" } } },
        uidMappings: IDS,
        gidMappings: IDS,
        devices: { list: { required: ["path", "type"], fields: { path: "text", ...DEVICE_NUMBERS } } },
        cgroupsPath: "text",
        resources: {
          fields: {
            devices: { list: { required: ["allow"], fields: { allow: "flag", access: "text", ...DEVICE_NUMBERS } } },
            memory: { values: "number" },
            cpu: { fields: {} },
            pids: { fields: { limit: "number" } },
            blockIO: { fields: {} },
            unified: { values: "text" },
          },
        },
        rootfsPropagation: "text",
        seccomp: SECCOMP,
        sysctl: { values: "text" },
        maskedPaths: TEXTS,
        readonlyPaths: TEXTS,
        personality: { required: ["domain"], fields: { domain: "text" } },
      },
    },
  },
};

/**
 * The value without members that are null, which for the runtimes' own readers is the same as absent.
 */
export function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (!isObject(value) || isRaw(value)) return value;
  const members = Object.entries(value).filter(([, member]) => member !== null);
  return Object.fromEntries(members.map(([name, member]) => [name, withoutNulls(member)]));
}

/** Where `value` is not as `shape` says, and what is expected there; undefined when it is. */
export function findProblem(value: unknown, shape: Shape, place = "config"): string | undefined {
  const found = findMisfit(value, shape);
  return found && `found another ${place}${found.place}, expected ${found.expected}`;
}

/** `.linux.seccomp.syscalls[3].names` within what was looked at; made only where something is wrong. */
interface Misfit {
  readonly place: string;
  readonly expected: string;
}

function findMisfit(value: unknown, shape: Shape): Misfit | undefined {
  if (typeof shape === "string") return SCALARS[shape].fits(value) ? undefined : expected(SCALARS[shape].name);
  if ("list" in shape) return findInList(value, shape.list);
  if (!isObject(value)) return expected("an object");
  return "values" in shape ? findInValues(value, shape.values) : findInFields(value, shape);
}

function findInList(value: unknown, item: Shape): Misfit | undefined {
  if (!Array.isArray(value)) return expected("a list");
  for (let index = 0; index < value.length; index++) {
    const found = findMisfit(value[index], item);
    if (found !== undefined) return within(`[${index}]`, found);
  }
  return undefined;
}

function findInValues(value: Readonly<Record<string, unknown>>, member: Shape): Misfit | undefined {
  for (const name of Object.keys(value)) {
    const found = findMisfit(value[name], member);
    if (found !== undefined) return within(`.${name}`, found);
  }
  return undefined;
}

function findInFields(value: Readonly<Record<string, unknown>>, { fields, required = [] }: Fields): Misfit | undefined {
  for (const name of required) if (!Object.hasOwn(value, name)) return within(`.${name}`, expected("to be there"));
  for (const name of Object.keys(value)) {
    const found = Object.hasOwn(fields, name) ? findMisfit(value[name], fields[name]!) : undefined;
    if (found !== undefined) return within(`.${name}`, found);
  }
  return undefined;
}

function within(place: string, found: Misfit): Misfit {
  return { ...found, place: place + found.place };
}

function expected(what: string): Misfit {
  return { place: "", expected: what };
}

const SCALARS = {
  text: { name: "a text", fits: (value) => typeof value === "string" },
  flag: { name: "true or false", fits: (value) => typeof value === "boolean" },
  integer: { name: "a whole number", fits: Number.isSafeInteger },
  number: {
    name: "a number",
    fits: (value) => typeof value === "number" || typeof value === "boolean" || isRaw(value),
  },
  unsigned: { name: "a whole number, 0 or more", fits: isUnsigned },
  comparison: {
    name: "SCMP_CMP_NE, LT, LE, EQ, GE, GT or MASKED_EQ",
    fits: (value) => typeof value === "string" && /^SCMP_CMP_(?:NE|LT|LE|EQ|GE|GT|MASKED_EQ)$/.test(value),
  },
  argument: {
    name: "the number of an argument, 0 to 5",
    fits: (value) => Number.isInteger(value) && (value as number) >= 0 && (value as number) <= 5,
  },
  // 2^32-1 is -1 for the kernel: as it is
  id: { name: "an ID", fits: (value) => Number.isInteger(value) && inRange(value as number) },
} as const satisfies Record<string, { readonly name: string; readonly fits: (value: unknown) => boolean }>;

function isUnsigned(value: unknown): boolean {
  return Number.isInteger(value) ? (value as number) >= 0 : isRaw(value) && /^\d+$/.test(formatRaw(value));
}

function inRange(id: number): boolean {
  return id >= 0 && id < 0xffff_ffff;
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function formatRaw(value: unknown): string {
  return JSON.stringify(value);
}

export function isRaw(value: unknown): boolean {
  return typeof value === "object" && value !== null && JSON.isRawJSON(value);
}
