#!/usr/bin/env bash
# Installs a .deb, starts what it installed, removes it, and looks for what stayed. As root, on Debian or what comes from it.
#
#     packaging/try.sh packaging/out/*.deb            # on this machine
#     packaging/try.sh packaging/out/*.deb /tmp/root  # in a bare Debian, which debootstrap makes there if there is none
#
# Needs Xvfb on this machine (Debian: xvfb); where strace is there too, it looks whom the window connects to.
set -euo pipefail
deb=$(realpath "$1")
root=${2-}
name=embedding-playground
trace=$(mktemp -d)
display=:98
cleanup() {
  if [ -n "${xvfb-}" ]; then kill "$xvfb" 2>/dev/null || true; fi
  if [ -n "$root" ]; then
    for folder in tmp/.X11-unix dev proc; do umount "$root/$folder" 2>/dev/null || true; done
  fi
  rm -rf "$trace"
}
trap cleanup EXIT
inside() { if [ -n "$root" ]; then chroot "$root" "$@"; else "$@"; fi; }
installed() { inside find / -xdev \( -path /proc -o -path /sys -o -path /dev -o -path /tmp -o -path /var -o -path /root \) -prune -o -print | sort; }

if [ -n "$root" ]; then
  echo "== a bare Debian in $root"
  if [ ! -e "$root/usr/bin/dpkg" ]; then
    debootstrap --variant=minbase "${SUITE:-bookworm}" "$root" "${MIRROR:-http://deb.debian.org/debian}" >/dev/null
  fi
  mkdir -p "$root/tmp/.X11-unix" /tmp/.X11-unix
  mount -t proc proc "$root/proc"
  mount --bind /dev "$root/dev"
  mount --bind /tmp/.X11-unix "$root/tmp/.X11-unix"
  cp /etc/resolv.conf "$root/etc/resolv.conf"
  cp "$deb" "$root/tmp/"
  deb=/tmp/$(basename "$deb")
fi
export DEBIAN_FRONTEND=noninteractive HOME=/tmp/$name-try
mkdir -p "$root$HOME"
inside apt-get update -qq
installed > "$trace/before"

echo "== install"
inside apt-get install -y -qq --no-install-recommends "$deb" >/dev/null
inside dpkg-query --show --showformat '${Package} ${Version} ${Installed-Size} KiB installed\n' "$name"

echo "== without a display"
inside env -u DISPLAY -u WAYLAND_DISPLAY "$name" --version
inside env -u DISPLAY -u WAYLAND_DISPLAY "$name" render --lesson roses --out "$HOME/roses.png"
test "$(stat -c %s "$root$HOME/roses.png")" -gt 20000
if inside env -u DISPLAY -u WAYLAND_DISPLAY "$name" 2>"$trace/no-display"; then exit 1; fi
cat "$trace/no-display"
grep -q "no display" "$trace/no-display"

echo "== the window, once"
Xvfb "$display" -screen 0 1280x800x24 -nolisten tcp >/dev/null 2>&1 &
xvfb=$!
for _ in $(seq 50); do if [ -S "/tmp/.X11-unix/X${display#:}" ]; then break; fi; sleep 0.1; done
window=(env DISPLAY="$display" XDG_RUNTIME_DIR="$HOME" "$name" --exit-after-first-frame)
if [ -z "$root" ] && command -v strace >/dev/null; then
  timeout 120 strace -f -qq -e trace=connect,bind -o "$trace/calls" "${window[@]}"
  if grep -E "AF_INET6?" "$trace/calls"; then echo "the window went to the net unasked" >&2; exit 1; fi
  echo "connections to the net: 0"
else
  inside timeout 120 "${window[@]}"
fi

echo "== remove"
inside apt-get purge -y -qq --autoremove "$name" >/dev/null
installed > "$trace/after"
if inside find / -xdev -path /proc -prune -o -path /tmp -prune -o -path /root -prune -o -name "*$name*" -print | grep -E "^/(usr|etc|opt|var/lib|lib)" ; then
  echo "these files stayed" >&2
  exit 1
fi
comm -13 "$trace/before" "$trace/after" > "$trace/left"
echo "files of this package that stayed: 0; of all that came with it: $(wc -l < "$trace/left")"
head -20 "$trace/left"
