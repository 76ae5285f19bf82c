#!/usr/bin/env bash
# Installs, uses and purges the .deb on a bare Debian, in folders of its own that are gone afterwards:
#
#     sudo packaging/trial.sh [FILE.deb]        # else the one in packaging/out
#
# Needs root, debootstrap, and a Debian mirror (MIRROR and SUITE say which, else debootstrap's own and bookworm).
# Nothing is installed or removed on the machine itself, and cannot be: every apt-get stands behind `inside`, which takes none but the two
# folders that this script has just made, and calls chroot there. There is no other file with such lines, and no way to give it a folder.
set -euo pipefail
cd "$(dirname "$0")/.."
name=embedding-playground
[ "$(id -u)" = 0 ] || { echo "expected root, who alone makes a root folder for Debian" >&2; exit 1; }
deb=$(realpath -e "${1:-$(ls packaging/out/*.deb)}")

work=$(mktemp -d "${TMPDIR:-/tmp}/$name-trial-XXXXXX")
# bare has what the package brings, and no more; full has the recommended packages, a desktop's tools and the displays.
readonly work bare=$work/bare full=$work/full
servers=()

clean() {
  # Whatever a root folder runs ends with the process that went into it.
  for server in "${servers[@]}"; do
    kill -KILL "$server" 2>/dev/null || true
    wait "$server" 2>/dev/null || true
  done
  rm -rf --one-file-system "$work"
}
trap clean EXIT

# What runs a command in the root folder $1, with its own mounts, its own processes and nothing of this environment but the proxies.
prepare() {
  local root=$1 proxies=() variable
  shift
  case $root in "$bare" | "$full") ;; *) echo "not a folder of this trial: $root" >&2; return 1 ;; esac
  for variable in http_proxy https_proxy no_proxy; do
    if [ -n "${!variable-}" ]; then proxies+=("$variable=${!variable}"); fi
  done
  # shellcheck disable=SC2016 # read by the shell in there
  call=(unshare --mount --pid --fork --kill-child bash -c
    'mount -t proc proc "$2/proc" && mount --bind "$1" "$2/trial/shared" && cd / && shift && exec chroot "$@"' _ "$work/shared" "$root"
    env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/trial/home LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive "${proxies[@]}")
  call+=("$@")
}
inside() { prepare "$@"; "${call[@]}"; }
# The same without any rights.
as_user() { inside "$1" setpriv --reuid=1000 --regid=1000 --clear-groups "${@:2}"; }
get() { inside "$1" apt-get -y -qq "${@:2}" >"$work/log" 2>&1 || { tail -20 "$work/log" >&2; return 1; }; }
# A display that goes on: serve COMMAND.
serve() {
  prepare "$full" setpriv --reuid=1000 --regid=1000 --clear-groups env XDG_RUNTIME_DIR=/trial/shared "$@"
  "${call[@]}" >"$work/server.log" 2>&1 &
  servers+=($!)
}
wait_for() {
  for _ in $(seq 100); do if [ -s "$1" ] || [ -S "$1" ]; then return; fi; sleep 0.1; done
  cat "$work/server.log" >&2
  echo "expected $1 within 10 s" >&2
  return 1
}
window() { as_user "$1" env XDG_RUNTIME_DIR=/trial/shared "$2" timeout 120 "$name" --exit-after-first-frame; }
say() { printf '== %s\n' "$*"; }
fail() { echo "failed: $*" >&2; exit 1; }
expect() { [ "$2" = "$3" ] || fail "$1: expected $2, got $3"; }

# Every name with owner, rights and bytes, but for what apt, dpkg and man write down for themselves.
files_of() {
  local apart=(-path ./proc -o -path ./dev -o -path ./tmp -o -path ./trial -o -path ./var/log -o -path ./var/lib/dpkg -o -path ./var/lib/apt
    -o -path ./var/cache/apt -o -path ./var/cache/debconf -o -path ./var/cache/man)
  (cd "$1" && find . -xdev \( "${apart[@]}" \) -prune -o -printf '%p %u:%g %m %y %l\n' && find . -xdev \( "${apart[@]}" \) -prune -o -type f -print0 \
    | xargs -0 sha256sum) | LC_ALL=C sort
}
packages_of() { inside "$1" dpkg-query --show --showformat '${Package} ${Status}\n'; }
draw() {
  as_user "$bare" "$1" render --lesson roses --out /trial/shared/roses.png
  [ "$(stat -c %s "$work/shared/roses.png")" -gt 20000 ] || fail "the picture is too small"
}

say "a bare Debian"
debootstrap --variant=minbase "${SUITE:-bookworm}" "$bare" ${MIRROR:+"$MIRROR"} >"$work/log" 2>&1 || { tail "$work/log" >&2; exit 1; }
mkdir -p "$work/shared" "$bare/trial/home" "$bare/trial/shared"
cp "$deb" "$bare/trial/$name.deb"
cp assets/lessons/roses.json "$bare/trial/lesson.json"
cp tests/fixtures/project_v4.json "$bare/trial/project.json"
chown -R 1000:1000 "$work/shared" "$bare/trial"
chmod 700 "$work/shared"
chmod 711 "$work"
get "$bare" update
cp -a "$bare" "$full"
get "$full" install --no-install-recommends appstream desktop-file-utils libglib2.0-bin man-db shared-mime-info weston xdg-utils xvfb
serve bash -c 'exec Xvfb -displayfd 3 -ac -screen 0 1280x800x24 3>/trial/shared/display'
wait_for "$work/shared/display"
x=DISPLAY=:$(cat "$work/shared/display")
serve weston --backend=headless-backend.so --socket=wayland-trial
wait_for "$work/shared/wayland-trial"
wayland=WAYLAND_DISPLAY=wayland-trial

say "unpacked, with none of the libraries of a window: a picture"
inside "$bare" dpkg-deb -x "/trial/$name.deb" /trial/unpacked
draw "/trial/unpacked/usr/bin/$name"
inside "$bare" rm -r /trial/unpacked

say "installed with what it depends on alone"
packages_of "$bare" >"$work/packages"
get "$bare" install --no-install-recommends "/trial/$name.deb"
as_user "$bare" "$name" --version
draw "$name"
say "the window on X"
window "$bare" "$x"
say "the window on Wayland"
window "$bare" "$wayland"
say "purged, with what came with it"
get "$bare" purge --autoremove "$name"
packages_of "$bare" | diff "$work/packages" - || fail "packages are not those of before"
left=$(cd "$bare" && find . -xdev -path ./trial -prune -o -iname '*embedding*playground*' -print)
expect "files that are left" "" "$left"

say "installed on a desktop, with what is recommended"
get "$full" satisfy "$(dpkg-deb --field "$deb" Depends), $(dpkg-deb --field "$deb" Recommends)"
files_of "$full" >"$work/before"
get "$full" install "/trial/$name.deb"
window "$full" "$x"
say "menu entry, description, manual, completions"
inside "$full" desktop-file-validate "/usr/share/applications/$name.desktop"
inside "$full" sh -c 'appstreamcli validate --no-net /usr/share/metainfo/*embedding*playground*.xml'
for page in "$name" "$name-train"; do inside "$full" man -w "$page"; done
for file in "bash-completion/completions/$name" "fish/vendor_completions.d/$name.fish" "zsh/vendor-completions/_$name" "icons/hicolor/scalable/apps/$name.svg"; do
  [ -s "$full/usr/share/$file" ] || fail "no $file"
done
inside "$full" bash -n "/usr/share/bash-completion/completions/$name"
say "kinds of files"
as_user "$full" "$name" train --lesson roses --steps 3 --out /trial/home/run.safetensors >/dev/null
printf '{"phrases": []}\n' >"$full/trial/other.json"
kind() {
  expect "kind of $1" "$2" "$(inside "$full" gio info -a standard::content-type "$1" | sed -n 's/.*content-type: //p')"
}
kind /trial/project.json "application/vnd.$name.project+json"
kind /trial/lesson.json "application/vnd.$name.lesson+json"
kind /trial/home/run.safetensors "application/vnd.$name.run"
kind /trial/other.json application/json
expect "what opens a project" "$name.desktop" "$(inside "$full" xdg-mime query default "application/vnd.$name.project+json")"

say "purged, and every file of the system as before"
get "$full" purge "$name"
files_of "$full" >"$work/after"
diff "$work/before" "$work/after" || fail "files are not those of before"
say "all of it held"
