"""Tries to reach addresses and to bind sockets; one line for each attempt: what was tried and how it went."""

import errno
import json
import socket
import sys

WAIT = 0.25
ICMP = {socket.AF_INET: (socket.IPPROTO_ICMP, 8), socket.AF_INET6: (58, 128)}


def main():
    attempts = json.load(open(sys.argv[1]))
    for attempt in attempts:
        print(" ".join(str(word) for word in attempt), outcome(*attempt))


def outcome(kind, address, port=0):
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        return {"tcp": connect, "udp": exchange, "raw": ping, "bind-tcp": bind, "bind-udp": bind}[kind](
            kind, family, (address, port)
        )
    except socket.timeout:
        return "silence"
    except OSError as error:
        return errno.errorcode.get(error.errno, "no such address")


def connect(_, family, place):
    with socket.socket(family, socket.SOCK_STREAM) as one:
        one.settimeout(WAIT)
        one.connect(resolve(family, place))
        return one.recv(16).decode()


def exchange(_, family, place):
    with socket.socket(family, socket.SOCK_DGRAM) as one:
        one.settimeout(WAIT)
        one.sendto(b"hello", resolve(family, place))
        return one.recv(16).decode()


def ping(_, family, place):
    protocol, echo = ICMP[family]
    with socket.socket(family, socket.SOCK_RAW, protocol) as one:
        one.settimeout(WAIT)
        one.sendto(packet(echo, family), resolve(family, (place[0], 0)))
        one.recv(128)
        return "answer"


def packet(echo, family):
    # The kernel computes the checksum of version 6.
    checksum = 0 if family == socket.AF_INET6 else 0xFFFF - (echo << 8) - 1
    return bytes([echo, 0, checksum >> 8, checksum & 0xFF, 0, 1, 0, 0])


def bind(kind, family, place):
    with socket.socket(family, socket.SOCK_STREAM if kind == "bind-tcp" else socket.SOCK_DGRAM) as one:
        one.bind(place)
        return "bound"


def resolve(family, place):
    return socket.getaddrinfo(*place, family=family, flags=socket.AI_NUMERICHOST)[0][4]


main()
