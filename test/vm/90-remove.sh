. /share/lib
systemctl enable -q --now dynuser-standby@1
until_true test -d /run/dynuser/standby
check "the standby process's unit starts" "$(systemctl is-active dynuser-standby@1)" active
dpkg -i /share/dynuser.deb >/dev/null 2>&1
check 'an upgrade keeps the program' "$(dynuser run -- echo runs)" runs
podman rm -af -t 0 >/dev/null 2>&1
dpkg --purge dynuser 2>&1 | tail -n 1
# but for the directories of services, which are the users' data
stays=$(find / -xdev -name '*dynuser*' -not -name dynuser-containers 2>/dev/null | head -n 5)
check 'a purge leaves nothing' "$stays$(grep -l '"service":"dynuser"' /run/userdb/* 2>/dev/null)" ''
