# Prints, for each row named, what the service can do or sees in spite of it. Needs no rights: a filter answers before the
# kernel looks at the arguments, flags of mounts and numbers of namespaces can be read by all.
use strict;
use Socket;
$| = 1;

my %status = map { /^(\w+):\s*(.*)$/ ? ($1 => $2) : () } lines("/proc/self/status");

sub lines { open(my $file, "<", $_[0]) or return (); my @all = <$file>; chomp @all; return @all }

sub error_of { return $_[0] == -1 ? "$!" : "done" }

# syscall() writes into its arguments.
sub call { my @a = @_; push @a, 0 while @a < 7; return error_of(syscall($a[0], $a[1], $a[2], $a[3], $a[4], $a[5], $a[6])) }

sub capability { return hex(substr($status{CapBnd}, -10)) >> $_[0] & 1 ? "kept" : "dropped" }

sub namespace { return (stat("/proc/self/ns/$_[0]"))[1] == $ENV{"HOST_\U$_[0]"} ? "shared" : "private" }

# The options of the mount that a path lies in.
sub mounted {
  my ($path, $option) = @_;
  my $last;
  for (lines("/proc/self/mountinfo")) {
    my @fields = split / /;
    $last = $_ if index("$path/", $fields[4] eq "/" ? "/" : "$fields[4]/") == 0;
  }
  my ($mount, $fs) = split / - /, $last;
  return grep({ $_ eq $option } split(/,/, (split / /, $mount)[5]), split(/,/, (split / /, $fs)[2])) ? $option : "not $option";
}

sub mode { my @found = stat($_[0]); return @found ? sprintf("%o", $found[2] & 07777) : "missing" }

sub readable { return open(my $file, "<", $_[0]) ? "opened" : "$!" }

# A file of the service's own cgroup: in the hierarchy of a controller, or the only one.
sub limit {
  my ($controller, $old, $new) = @_;
  for (lines("/proc/self/cgroup")) {
    my (undef, $names, $path) = split /:/, $_, 3;
    my $file = $names eq "" ? "/sys/fs/cgroup$path/$new" : "/sys/fs/cgroup/$controller$path/$old";
    next unless $names eq "" || grep { $_ eq $controller } split /,/, $names;
    my @found = lines($file);
    return join(" ", @found) if -e $file;
  }
  return "missing";
}

# ELF for i386 that exits with status 42.
sub run_foreign_program {
  my $file = "/tmp/foreign-$$";
  open(my $out, ">", $file) or return "$!";
  print $out pack("H*", "7f454c4601000000000000000000010002000300200001002000010004000000b32a31c040cd80003400200001");
  close $out;
  chmod 0755, $file;
  my $status = system { $file } $file;
  unlink $file;
  return $status >> 8 == 42 ? "ran" : "did not run";
}

sub set_uid_bit {
  my $file = "/tmp/set-id-$$";
  open(my $out, ">", $file) or return "$!";
  close $out;
  my $answer = chmod(04755, $file) ? "done" : "$!";
  unlink $file;
  return $answer;
}

sub send_to_loopback {
  socket(my $socket, AF_INET, SOCK_DGRAM, 0) or return "$!";
  return send($socket, "x", 0, pack_sockaddr_in(9, INADDR_LOOPBACK)) ? "sent" : "$!";
}

sub bind_socket {
  socket(my $socket, AF_INET, SOCK_DGRAM, 0) or return "$!";
  return bind($socket, pack_sockaddr_in(0, INADDR_LOOPBACK)) ? "bound" : "$!";
}

my %probes = (
  AllowedCPUs => sub { $status{Cpus_allowed_list} },
  AllowedMemoryNodes => sub { limit("cpuset", "cpuset.mems", "cpuset.mems.effective") },
  CPUQuota => sub { limit("cpu", "cpu.cfs_quota_us", "cpu.max") },
  CPUSchedulingResetOnFork => sub { syscall(145, 0) & 0x40000000 ? "reset" : "inherited" },
  CapabilityBoundingSet => sub { capability(22) },
  DeviceAllow => sub { readable($ENV{DEVICE}) },
  DevicePolicy => sub { readable($ENV{DEVICE}) },
  IOReadBandwidthMax => sub { limit("blkio", "blkio.throttle.read_bps_device", "io.max") },
  IOReadIOPSMax => sub { limit("blkio", "blkio.throttle.read_iops_device", "io.max") },
  IOWriteBandwidthMax => sub { limit("blkio", "blkio.throttle.write_bps_device", "io.max") },
  IOWriteIOPSMax => sub { limit("blkio", "blkio.throttle.write_iops_device", "io.max") },
  IPAddressDeny => \&send_to_loopback,
  InaccessiblePaths => sub { mode("/media") },
  LockPersonality => sub { call(135, 0x40000) },
  MemoryDenyWriteExecute => sub { call(9, 0, 4096, 7, 0x22, -1, 0) },
  MemoryHigh => sub { limit("memory", "", "memory.high") },
  MemoryLimit => sub { limit("memory", "memory.limit_in_bytes", "memory.max") },
  MemoryMax => sub { limit("memory", "memory.limit_in_bytes", "memory.max") },
  MemorySwapMax => sub { limit("memory", "", "memory.swap.max") },
  MemoryZSwapMax => sub { limit("memory", "", "memory.zswap.max") },
  NoExecPaths => sub { mounted("/srv", "noexec") },
  NoNewPrivileges => sub { $status{NoNewPrivs} },
  PrivateBPF => sub { mounted("/sys/fs/bpf", "mode=700") },
  PrivateDevices => sub { -e "/dev/kmsg" ? "shown" : "missing" },
  PrivateIPC => sub { namespace("ipc") },
  PrivateMounts => sub { namespace("mnt") },
  PrivateNetwork => sub { namespace("net") },
  PrivatePIDs => sub { namespace("pid") },
  PrivateTmp => sub { -e $ENV{MARKER} ? "shown" : "missing" },
  PrivateUsers => sub { namespace("user") },
  ProcSubset => sub { -e "/proc/meminfo" ? "shown" : "missing" },
  ProtectClock => sub { capability(25) },
  ProtectControlGroups => sub { mounted("/sys/fs/cgroup", "ro") },
  ProtectHome => sub { mode("/home") },
  ProtectHostname => sub { namespace("uts") },
  ProtectKernelLogs => sub { -f "/proc/kmsg" ? "shown" : "hidden" },
  ProtectKernelModules => sub { capability(16) },
  ProtectKernelTunables => sub { mounted("/proc/sys", "ro") },
  ProtectProc => sub { mounted("/proc", "hidepid=invisible") },
  ProtectSystem => sub { mounted("/etc", "ro") },
  ReadOnlyPaths => sub { mounted("/srv", "ro") },
  RestrictAddressFamilies => sub { call(41, 2, 2, 0) },
  RestrictNamespaces => sub { fork() ? do { wait; $? >> 8 ? "refused" : "made" } : exit(syscall(272, 0x10000000) == -1) },
  RestrictNetworkInterfaces => \&send_to_loopback,
  RestrictRealtime => sub { call(144, -1, 1, pack("i", 1)) },
  RestrictSUIDSGID => \&set_uid_bit,
  SocketBindDeny => \&bind_socket,
  SystemCallArchitectures => \&run_foreign_program,
  SystemCallFilter => sub { call(309) },
  TasksMax => sub { limit("pids", "pids.max", "pids.max") },
);

for (@ARGV) { print "$_: ", ($probes{$_} ? $probes{$_}->() : "no probe"), "\n" }
