#!/usr/bin/env bash
# Builds the .deb of the development build and starts what is in it once: a picture without a display, the window on a virtual one.
#
#     packaging/start.sh
#
# It is unpacked into a temporary folder and started from there. Installed, started and purged it is only where CI is set and this is root:
# on a machine that is anybody's, nothing is. Needs xvfb-run, and the libraries of a window.
set -euo pipefail
cd "$(dirname "$0")/.."
name=embedding-playground

# Starts the program $1, which is for one picture and one frame.
start() {
  "$1" --version
  env -u DISPLAY -u WAYLAND_DISPLAY "$1" render --lesson roses --out "$out/roses.png" --force
  test "$(stat -c %s "$out/roses.png")" -gt 20000
  timeout 120 xvfb-run -a -s "-screen 0 1280x800x24" "$1" --exit-after-first-frame
}

packaging/build.sh --profile dev
deb=$(ls "$PWD"/packaging/out/*.deb)
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
dpkg-deb -x "$deb" "$out/unpacked"
start "$out/unpacked/usr/bin/$name"

if [ -n "${CI-}" ] && [ "$(id -u)" = 0 ]; then
  export DEBIAN_FRONTEND=noninteractive
  apt-get install -y -qq --no-install-recommends "$deb" >/dev/null
  start "/usr/bin/$name"
  apt-get purge -y -qq "$name" >/dev/null
  test ! -e "/usr/bin/$name"
else
  echo "not installed: that is done where CI is set, by root; packaging/trial.sh does it in a Debian of its own"
fi
