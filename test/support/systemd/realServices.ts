/** A service as Debian ships it, with its own unit file and configuration. */
export interface RealService {
  /** Its unit without `.service`. */
  readonly unit: string;
  /** A shell command that asks it something, and what it has to answer; absent: it only has to run until it is stopped. */
  readonly question?: Question;
}

export interface Question {
  readonly command: string;
  readonly answer: RegExp;
}

/** What Debian's maintainer scripts and tmpfiles.d make in the directories that are fresh in the reference. */
export const FRESH_DIRECTORIES = `
  make() { mkdir -p "$2" && chown "$1:" "$2"; }
  make redis /var/lib/redis; make redis /var/log/redis
  make debian-tor /var/lib/tor; make debian-tor /var/log/tor; chmod 700 /var/lib/tor
  make _chrony /var/lib/chrony; make _chrony /var/log/chrony
  make unbound /var/lib/unbound
  make mosquitto /var/lib/mosquitto
  make prometheus /var/lib/prometheus
  mkdir -p /var/lib/haproxy/dev /var/lib/nginx /var/log/nginx
  ip link set lo up`;

function web(port: number, path: string, answer: RegExp): Question {
  const command = String.raw`exec 3<>/dev/tcp/127.0.0.1/${port}; printf 'GET ${path} HTTP/1.0\r\n\r\n' >&3; timeout 5 cat <&3`;
  return { command, answer };
}

export const REAL_SERVICES: readonly RealService[] = [
  {
    unit: "redis-server",
    question: { command: "redis-cli set key value && redis-cli get key", answer: /^OK\nvalue$/m },
  },
  {
    unit: "memcached",
    question: {
      command: String.raw`exec 3<>/dev/tcp/127.0.0.1/11211; printf 'stats\r\nquit\r\n' >&3; cat <&3`,
      answer: /STAT pid \d+[\s\S]*END/,
    },
  },
  { unit: "prometheus-node-exporter", question: web(9100, "/metrics", /200 OK[\s\S]*^node_/m) },
  { unit: "nginx", question: web(80, "/", /^HTTP\/1\.1 (?:200|404|403)[\s\S]*nginx/) },
  { unit: "unbound" },
  { unit: "pdns-recursor" },
  { unit: "systemd-resolved" },
  {
    unit: "mosquitto",
    question: {
      // CONNECT of MQTT 3.1.1 and its CONNACK.
      command: String.raw`exec 3<>/dev/tcp/127.0.0.1/1883; printf '\x10\x0d\x00\x04MQTT\x04\x02\x00\x3c\x00\x01a' >&3; head -c 4 <&3 | od -An -tx1`,
      answer: /^ *20 02 00 00/,
    },
  },
  { unit: "chrony", question: { command: "chronyc -h 127.0.0.1 tracking", answer: /^Reference ID/ } },
  {
    unit: "tor@default",
    question: {
      // The version and the methods of SOCKS 5.
      command: String.raw`exec 3<>/dev/tcp/127.0.0.1/9050; printf '\x05\x01\x00' >&3; head -c 2 <&3 | od -An -tx1`,
      answer: /^ *05 00/,
    },
  },
  { unit: "haproxy" },
  { unit: "chrony-wait" },
];
