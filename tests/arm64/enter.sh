#!/bin/sh
# Run a program in an aarch64 root file system: enter.sh ROOT PROGRAM ARGUMENT...
#
# In namespaces of its own, so that the emulator is registered for this program and its
# children alone and nothing of the machine changes. Where the kernel refuses that (before
# 6.7, or without user namespaces), the emulator is called by its name: the program runs, its
# children would not. Beside ROOT stand no /proc and no /sys: under qemu-user LiteRT crashes
# on the host's /proc.
set -eu

EMULATOR=/usr/bin/qemu-aarch64-static
# ELF, 64 bits, little-endian, machine 183 (aarch64), as Debian's qemu-user-static has it.
MAGIC='\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\xb7\x00'
MASK='\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff'

if [ "${1:-}" = --inside ]; then
  root=$2
  shift 2
  for device in null zero random urandom; do
    mount --bind "/dev/$device" "$root/dev/$device"
  done
  register="$root/tmp/binfmt/register"
  if mount -t binfmt_misc binfmt_misc "$root/tmp/binfmt" 2>/dev/null &&
    printf ':aarch64:M::%s:%s:%s:F' "$MAGIC" "$MASK" "$EMULATOR" >"$register"; then
    exec chroot "$root" "$@"
  fi
  exec chroot "$root" "$EMULATOR" "$@"
fi

root=$1
shift
mkdir -p "$root/dev" "$root/tmp/binfmt"
for device in null zero random urandom; do
  [ -e "$root/dev/$device" ] || : >"$root/dev/$device"
done
if unshare -Urm true 2>/dev/null; then
  exec unshare -Urm "$0" --inside "$root" "$@"
fi
exec chroot "$root" "$EMULATOR" "$@"
