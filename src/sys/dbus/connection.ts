import { check, close, readInto, systemCall, waitToRead, write } from "../kernel/libc.ts";
import { SystemError } from "../kernel/system.ts";
import { marshal, unmarshal, type Variant } from "./marshal.ts";

/** A call of a method. */
export interface MethodCall {
  readonly path: string;
  readonly interface: string;
  readonly member: string;
  readonly signature: string;
  readonly args: readonly unknown[];
}

/** A message that came in; `args` is the body, read by the signature in the message. */
interface Message {
  readonly kind: "return" | "error" | "signal" | "other";
  /** The serial of the call that it answers. */
  readonly answers: number | undefined;
  readonly member: string | undefined;
  /** Of an error: `org.freedesktop.DBus.Error.UnknownProperty` … */
  readonly error: string | undefined;
  readonly args: readonly unknown[];
}

/** The service answered with an error; the message is its text. */
export class BusError extends Error {
  override readonly name = "BusError";
}

/** A connection to one service, without a message bus between. */
export interface Connection {
  /** The PID of the service in our PID namespace; 0 where it is in no namespace that we see. */
  readonly peer: number;
  /**
   * The answers to calls that are sent together; undefined for a call that the service answers with an error.
   * @throws SystemError when no answer comes in time
   */
  callAll(calls: readonly MethodCall[]): readonly (readonly unknown[] | undefined)[];
  /** @throws BusError, SystemError */
  call(call: MethodCall): readonly unknown[];
  /** The arguments of the first signal of this name that `matches`, those that came before included. */
  waitForSignal(member: string, matches: (args: readonly unknown[]) => boolean): readonly unknown[];
  close(): void;
}

const ANSWER_SECONDS = 10;
const AF_UNIX = 1;
const SOCK_STREAM = 1;
const SOCK_CLOEXEC = 0o2000000;

/**
 * Connects to the socket of a service that speaks D-Bus itself, as root (AUTH EXTERNAL of the D-Bus specification).
 * @throws SystemError when nothing listens there
 */
export function connect(path: string): Connection {
  const socket = check(systemCall("socket", AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket");
  try {
    const address = Buffer.alloc(110);
    address.writeUInt16LE(AF_UNIX, 0);
    address.write(path, 2);
    check(systemCall("connect", socket, address, 2 + Buffer.byteLength(path) + 1), "connect", path);
    const stream = makeStream(socket, path);
    authenticate(stream, path);
    return makeConnection(stream, peerOf(socket), socket);
  } catch (error) {
    close(socket);
    throw error;
  }
}

/** SO_PEERCRED of socket(7): struct ucred { pid_t pid; uid_t uid; gid_t gid; }. */
function peerOf(socket: number): number {
  const [SOL_SOCKET, SO_PEERCRED] = [1, 17];
  const [credentials, length] = [new Int32Array(3), new Int32Array([12])];
  check(systemCall("getsockopt", socket, SOL_SOCKET, SO_PEERCRED, credentials, length), "getsockopt");
  return credentials[0]!;
}

interface Stream {
  send(bytes: Buffer): void;
  /** Exactly as many bytes. */
  read(size: number): Buffer;
}

function makeStream(socket: number, path: string): Stream {
  let held = Buffer.alloc(0);
  const chunk = Buffer.alloc(16384);
  const fill = () => {
    if (!waitToRead(socket, ANSWER_SECONDS)) throw new SystemError("ETIMEDOUT", "read", path);
    const length = readInto(socket, chunk);
    if (length === 0) throw new SystemError("ECONNRESET", "read", path);
    held = Buffer.concat([held, chunk.subarray(0, length)]);
  };
  return {
    send: (bytes) => {
      for (let sent = 0; sent < bytes.length; ) sent += write(socket, bytes.subarray(sent));
    },
    read: (size) => {
      while (held.length < size) fill();
      const taken = held.subarray(0, size);
      held = held.subarray(size);
      return taken;
    },
  };
}

/** The digits are the UID 0 in hexadecimal. The other side answers `OK` and its ID in one line. */
function authenticate({ send, read }: Stream, path: string): void {
  send(Buffer.from("\0AUTH EXTERNAL 30\r\nBEGIN\r\n"));
  let line = "";
  while (!line.endsWith("\r\n") && line.length < 256) line += read(1).toString("latin1");
  if (!line.startsWith("OK ")) throw new SystemError("EACCES", "connect", path);
}

function makeConnection(stream: Stream, peer: number, socket: number): Connection {
  let serial = 0;
  const signals: Message[] = [];
  const answers = new Map<number, Message>();
  const receive = () => {
    const message = readMessage(stream);
    if (message.answers !== undefined) answers.set(message.answers, message);
    else if (message.kind === "signal") signals.push(message);
  };
  const send = (call: MethodCall) => {
    serial += 1;
    stream.send(formatCall(call, serial));
    return serial;
  };
  const answerTo = (sent: number): Message => {
    while (!answers.has(sent)) receive();
    return answers.get(sent)!;
  };
  return {
    peer,
    callAll: (calls) =>
      calls.map(send).map((sent) => {
        const { kind, args } = answerTo(sent);
        return kind === "return" ? args : undefined;
      }),
    call: (call) => {
      const { kind, error, args } = answerTo(send(call));
      if (kind !== "return") throw new BusError(typeof args[0] === "string" ? args[0] : (error ?? "no reason given"));
      return args;
    },
    waitForSignal: (member, matches) => {
      for (;;) {
        const found = signals.splice(0).find((signal) => signal.member === member && matches(signal.args));
        if (found !== undefined) return found.args;
        receive();
      }
    },
    close: () => close(socket),
  };
}

const LITTLE_ENDIAN = "l".charCodeAt(0);
const METHOD_CALL = 1;
const VERSION = 1;
/** Header fields by number. */
const FIELD = { path: 1, interface: 2, member: 3, error: 4, answers: 5, signature: 8 } as const;
const HEADER = "yyyyuua(yv)";
/** Up to the length of the array of fields. */
const FIXED_BYTES = 16;

function formatCall({ path, interface: name, member, signature, args }: MethodCall, serial: number): Buffer {
  const body = marshal(signature, args);
  const fields: (readonly [number, Variant])[] = [
    [FIELD.path, { type: "o", value: path }],
    [FIELD.interface, { type: "s", value: name }],
    [FIELD.member, { type: "s", value: member }],
  ];
  if (signature !== "") fields.push([FIELD.signature, { type: "g", value: signature }]);
  const header = marshal(HEADER, [LITTLE_ENDIAN, METHOD_CALL, 0, VERSION, body.length, serial, fields]);
  return Buffer.concat([header, Buffer.alloc(-header.length & 7), body]);
}

const KINDS: Readonly<Record<number, Message["kind"]>> = { 2: "return", 3: "error", 4: "signal" };

function readMessage({ read }: Stream): Message {
  const fixed = read(FIXED_BYTES);
  if (fixed[0] !== LITTLE_ENDIAN) throw new SystemError("EPROTO", "read", "a message of D-Bus");
  const [bodyBytes, fieldBytes] = [fixed.readUInt32LE(4), fixed.readUInt32LE(12)];
  const header = Buffer.concat([fixed, read((fieldBytes + 7) & ~7)]).subarray(0, FIXED_BYTES + fieldBytes);
  const body = read(bodyBytes);
  const fields = new Map(unmarshal(HEADER, header)[6] as readonly (readonly [number, Variant])[]);
  const field = <T>(number: number) => fields.get(number)?.value as T | undefined;
  return {
    kind: KINDS[fixed[1]!] ?? "other",
    answers: field<number>(FIELD.answers),
    member: field<string>(FIELD.member),
    error: field<string>(FIELD.error),
    args: unmarshal(field<string>(FIELD.signature) ?? "", body),
  };
}
