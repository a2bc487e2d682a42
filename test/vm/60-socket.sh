. /share/lib
cat >/run/systemd/system/greet.socket <<'END'
[Socket]
ListenStream=/run/greet
END
cat >/run/systemd/system/greet.service <<'END'
[Service]
ExecStart=/usr/bin/dynuser run --name greet -- python3 -c "import socket; s = socket.socket(fileno=3); c, _ = s.accept(); c.send(b'hello'); c.close()"
END
systemctl daemon-reload
systemctl start greet.socket
found=$(timeout 100 python3 -c "import socket; s = socket.socket(socket.AF_UNIX); s.connect('/run/greet'); print(s.recv(9).decode())" 2>&1)
check 'a socket unit starts a run, which has the socket' "$found" hello
systemctl stop greet.socket greet.service
