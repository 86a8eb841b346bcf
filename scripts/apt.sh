#!/usr/bin/env bash
# Install Debian packages where that can be done unasked, else say which line to run.
#
# It never fails: what needs the packages says so itself (a test skips, or fails in CI).
set -uo pipefail

missing=()
for package in "$@"; do
  dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed ||
    missing+=("$package")
done
[ "${#missing[@]}" -gt 0 ] || exit 0

if ! command -v apt-get >/dev/null; then
  echo "apt: not a Debian machine; install by hand: ${missing[*]}"
  exit 0
fi
if [ "$(id -u)" -eq 0 ]; then
  as_root=(env)
elif sudo -n true 2>/dev/null; then
  as_root=(sudo -n env)
else
  echo "apt: ${missing[*]} not installed; run: sudo apt install ${missing[*]}"
  exit 0
fi

echo "apt: installing ${missing[*]}"
install() {
  "${as_root[@]}" DEBIAN_FRONTEND=noninteractive apt-get install --quiet=2 --yes \
    --no-install-recommends "${missing[@]}" >/dev/null
}
install 2>/dev/null || { "${as_root[@]}" apt-get update --quiet=2 >/dev/null && install; } ||
  echo "apt: could not install them; run: sudo apt install ${missing[*]}"
exit 0
