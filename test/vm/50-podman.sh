. /share/lib
mkdir -p /tmp/image/bin /etc/containers/systemd
cp /bin/busybox /tmp/image/bin/
for name in sh id cat sleep echo ls touch; do ln -sf busybox /tmp/image/bin/$name; done
tar -C /tmp/image -c . | podman import -q - localhost/bb:latest >/dev/null
for runtime in crun runc; do
  found=$(podman --runtime /usr/libexec/dynuser/$runtime run --rm --network none --annotation dynuser/DynamicUser=yes \
    --annotation dynuser/StateDirectory=web localhost/bb sh -c 'echo kept >/var/lib/web/$(id -u); id -u' 2>&1)
  check "podman with $runtime: a dynamic user with a state directory" "$found" '6????'
done
cat >/etc/containers/systemd/web.container <<'END'
[Container]
Image=localhost/bb:latest
Pull=never
Network=none
GlobalArgs=--runtime=/usr/libexec/dynuser/crun
Annotation=dynuser/DynamicUser=yes
Annotation=dynuser/StateDirectory=quadlet
Exec=sh -c 'echo started >>/var/lib/quadlet/log; exec sleep 1000'
END
systemctl daemon-reload
systemctl start web
until_true test -s /var/lib/private/dynuser-containers/podman/quadlet/log -o -s /var/lib/private/quadlet/log
check 'Quadlet starts it' "$(systemctl is-active web)" active
check 'dynuser ps lists it' "$(dynuser ps | tail -n +2)" '*podman*'
systemctl restart web
sleep 5
check 'a restart keeps the directory' "$(cat /var/lib/private/dynuser-containers/podman/quadlet/log /var/lib/private/quadlet/log 2>/dev/null | wc -l)" 2
