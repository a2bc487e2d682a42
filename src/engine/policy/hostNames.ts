/**
 * First components below /run, /var/lib, /var/cache, /var/log and /etc that programs of the host's root read or execute
 * from, or keep their own state in. No container gets such a directory of the host, whatever the policy says.
 */
const NAMES = `
  credstore credstore.encrypted credentials                 systemd-creds(1), systemd.exec(5)
  extensions confexts sysextensions                         systemd-sysext(8)
  portables machines private                                portablectl(1), machinectl(1), systemd.exec(5)
  systemd udev dbus dbus-1 polkit-1 initramfs initramfs-tools dracut kernel modules modprobe binfmt
  user userdb users host log mount lock shm netns initctl utmp sudo su pam secrets
  journal private-journal audit auditd wtmp btmp lastlog faillog
  sshd ssh nologin motd motd.dynamic resolvconf resolv.conf NetworkManager network netplan wpa_supplicant ppp dhcp dhclient
  docker docker.sock dockershim containerd containers crio cri cni kubelet kubernetes etcd podman buildkit buildah runc crun
  dpkg apt rpm dnf yum pacman apk flatpak snapd snap cloud cloud-init debconf ucf aptitude PackageKit fwupd unattended-upgrades
  lvm mdadm multipath dm-event cryptsetup cryptsetup-keys blkid udisks2 iscsi open-iscsi nfs rpcbind rpc_pipefs samba
  selinux apparmor ima keys ssl pki ca-certificates pam_console dbus-python opasswd security
  cron crontab atd spool anacron logrotate rsyslog rsyslogd man-db ldconfig ld.so.cache mandb
  cron.hourly cron.daily cron.weekly cron.monthly plocate mlocate dkms akmods alternatives
  libvirt qemu lxc lxcfs lxd incus xen vbox cdi nri rancher k3s rke2 k0s microk8s flannel calico cilium multus
  nscd nslcd sss sssd winbindd faillock sepermit setrans AccountsService gdm gdm3 lightdm sddm plymouth cockpit bluetooth
  ostree ostree-booted nixos current-system booted-system wrappers opengl-driver agenix grub usbguard tuned openvpn tailscale
  waagent amazon google puppet chef salt ansible
  skel iproute2 X11 xdg
  dynuser dynuser-pods dynuser-containers
`;

const RESERVED: ReadonlySet<string> = new Set(
  NAMES.split("\n").flatMap((line) => line.trim().split(/ {3,}/)[0]!.split(" ")),
);

/** Whether the host's own programs read the directory of this name, `tmpfiles.d` and the like included. */
export function isReadByHost(name: string): boolean {
  const parts = name.split("/");
  return RESERVED.has(parts[0]!) || parts.some((part) => part.endsWith(".d"));
}
