/** Every call that could undo a mount or show what lies below it, by number (x86-64), then the effect on the host's files. */
export const SHOWING = `
use strict; $| = 1;
my ($MS_RDONLY, $REMOUNT, $BIND, $MOVE, $REC) = (1, 32, 4096, 8192, 16384);
my $cwd = -100;
sub call { my @a = @_; push @a, 0 while @a < 6; syscall($a[0], $a[1], $a[2], $a[3], $a[4], $a[5]) }
sub say_result { my ($name, $result) = @_; print "$name: ", ($result == -1 ? "$!" : "done"), "\\n"; close_fd($result) if $result > 2 }
sub close_fd { call(3, $_[0]) }
sub remount { call(165, "none", $_[0], "none", $REMOUNT | $BIND, 0) }
sub clear { my $attr = pack("QQQQ", 0, $_[1], 0, 0); call(442, $cwd, $_[0], $_[2], $attr, 32) }
say_result("remount $_", remount($_)) for "/", "/usr", "/var", "/proc/sys", "/sys/fs/cgroup", "/srv", "/opt";
say_result("umount $_", call(166, $_, 0)) for "/etc/shadow", "/proc/sys", "/sys/fs/cgroup", "/srv", "/opt";
say_result("detach $_", call(166, $_, 2)) for "/etc/shadow", "/proc/sys", "/opt";
say_result("clear read-only of $_", clear($_, 1, 0)) for "/", "/var", "/proc/sys";
say_result("clear read-only below $_", clear($_, 1, 0x8000)) for "/", "/var";
say_result("clear noexec of /srv", clear("/srv", 8, 0));
say_result("open_tree $_", call(428, $cwd, $_, 1)) for "/", "/etc", "/proc";
say_result("move /etc/shadow", call(165, "/etc/shadow", "/tmp", "none", $MOVE, 0));
open(my $usr, ">", "/usr/x") and print "wrote /usr/x\\n";
open(my $sys, ">", "/proc/sys/kernel/domainname") and print "opened a sysctl\\n";
my $secret;
open($secret, "<", "/etc/shadow") and defined(readline($secret)) and print "read /etc/shadow\\n";
`;

/** Calls that only the owner of the mount namespace may make. */
export const MAKING = `
${SHOWING}
say_result("fsopen", call(430, "tmpfs", 0));
say_result("open_tree recursively", call(428, $cwd, "/", 0x8001));
say_result("mount", call(165, "none", "/mnt", "tmpfs", 0, 0));
say_result("bind", call(165, "/etc", "/mnt", "none", $BIND | $REC, 0));
say_result("pivot_root", call(155, "/", "/mnt"));
`;

/** What a call that has an effect prints. */
export const SUCCESS = /: done|^(?:wrote|opened|read) /m;
