#!/usr/bin/env bash
# Makes an AppImage of a tree with bin/ and share/: packaging/appimage.sh TREE OUT
#
# By appimagetool where it is there. Else by mksquashfs (squashfs-tools) behind AppImageKit's runtime, which the crate `appimage` carries:
# that one is older, and needs libfuse2 on the machine it starts on, or --appimage-extract-and-run.
set -euo pipefail
tree=$(realpath "$1")
out=$(realpath -m "$2")
name=embedding-playground

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
image=$work/AppDir
mkdir "$image"
cp -r "$tree" "$image/usr"
ln -s "usr/bin/$name" "$image/AppRun"
ln -s "usr/share/applications/$name.desktop" "usr/share/icons/hicolor/256x256/apps/$name.png" "$image/"
ln -s "$name.png" "$image/.DirIcon"

# The runtime of that crate, whose bytes are known.
runtime() {
  local crate=appimage version=0.4.0 sum=328e0d745c5c6817048c27bc3e8314871703f8f47ffa81a37cb06cd95a94b323
  mkdir -p "$work/fetch/src"
  : > "$work/fetch/src/lib.rs"
  printf '[package]\nname = "fetch"\nversion = "0.0.0"\n[dependencies]\n%s = "=%s"\n[workspace]\n' "$crate" "$version" > "$work/fetch/Cargo.toml"
  (cd "$work/fetch" && cargo vendor --quiet vendor > /dev/null)
  echo "$sum  $work/fetch/vendor/$crate/assets/runtime-x86_64" | sha256sum --check --quiet
  cp "$work/fetch/vendor/$crate/assets/runtime-x86_64" "$1"
}

if command -v appimagetool >/dev/null; then
  appimagetool --no-appstream "$image" "$work/made"
elif [ "$(uname -m)" = x86_64 ] && command -v mksquashfs >/dev/null; then
  runtime "$work/runtime"
  mksquashfs "$image" "$work/files" -root-owned -noappend -no-progress -quiet -comp gzip > /dev/null
  cat "$work/runtime" "$work/files" > "$work/made"
else
  echo "no AppImage: neither appimagetool nor, on x86_64, mksquashfs (squashfs-tools) is on this machine" >&2
  exit
fi
# Half of one is never under its name.
part=$(mktemp "$out.XXXXXX")
trap 'rm -rf "$work" "$part"' EXIT
cp "$work/made" "$part"
chmod 755 "$part"
mv "$part" "$out"
ls -l --time-style=+ "$out"
