"""Answers on TCP and UDP port 7000 and 7001, of both versions, until it is ended; prints a line when it listens."""

import select
import socket


def listen(family, kind, port):
    one = socket.socket(family, kind)
    one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if family == socket.AF_INET6:
        one.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    one.bind(("", port))
    if kind == socket.SOCK_STREAM:
        one.listen()
    return one


sockets = [
    listen(family, kind, port)
    for family in (socket.AF_INET, socket.AF_INET6)
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM)
    for port in (7000, 7001)
]
print("listening", flush=True)
while True:
    for one in select.select(sockets, [], [])[0]:
        if one.type == socket.SOCK_STREAM:
            connection, _ = one.accept()
            connection.sendall(b"answer")
            connection.close()
        else:
            _, sender = one.recvfrom(64)
            one.sendto(b"answer", sender)
