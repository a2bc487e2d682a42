/** A link of a container's record to the directory that the low-level runtime has of it; the script looks at it too. */
export const RUNTIME_LINK = "runtime";

/** A link of a container's record to its prepared config. */
export const CONFIG_LINK = "config";
