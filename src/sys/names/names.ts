export interface User {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
  readonly shell: string;
}

export interface Group {
  readonly name: string;
  readonly gid: number;
}

/** The host's user database, through the C library's name service switch. */
export interface Names {
  /** By name or by number; a string of digits is a name here. */
  findUser(key: string | number): User | undefined;
  findGroup(key: string | number): Group | undefined;
  /** `gid` and the groups that list the user as a member, in the database's order (getgrouplist(3)). */
  groupsOf(name: string, gid: number): readonly number[];
}
