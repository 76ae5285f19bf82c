#!/usr/bin/env bash
# Makes what is handed out for Linux into packaging/out: a .tar.gz, a .deb, and an AppImage where appimagetool is there.
#
#     packaging/build.sh                    # the release: takes its time (thin LTO over one unit)
#     packaging/build.sh --profile dev      # what development builds anyhow: a trial of the packaging
#
# Needs cargo-deb, and cargo-about for the release: see packaging/README.md.
# The same source, compiler and EMBEDDING_PLAYGROUND_REVISION give the same archive.
set -euo pipefail
cd "$(dirname "$0")/.."

profile=release
if [ "${1-}" = --profile ]; then profile=$2; fi
folder=$profile
if [ "$profile" = dev ]; then folder=debug; fi

target=${CARGO_TARGET_DIR:-target}
out=packaging/out
name=embedding-playground
version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -1)
system=$(uname -m)-linux
# Without history, as in a tarball, no revision is told.
export EMBEDDING_PLAYGROUND_REVISION=${EMBEDDING_PLAYGROUND_REVISION-$(git describe --always --dirty --abbrev=12 --exclude '*' 2>/dev/null || true)}
if [ -z "${SOURCE_DATE_EPOCH-}" ]; then
  SOURCE_DATE_EPOCH=$(git log -1 --format=%ct 2>/dev/null || stat -c %Y Cargo.toml)
fi
export SOURCE_DATE_EPOCH

if [ "$profile" = release ]; then
  # Panics tell where they were, but not the folders of whoever built this.
  export RUSTFLAGS="--remap-path-prefix=${CARGO_HOME:-$HOME/.cargo}=/cargo --remap-path-prefix=$PWD=/source"
fi
cargo build --locked --profile "$profile"
binary=$target/$folder/$name

rm -rf "$out"
mkdir -p "$out/papers"
"$binary" papers --out "$out/papers"
if [ "$profile" = release ]; then
  packaging/licences.sh > "$out/licences.html"
else
  echo "A trial of the packaging: the licences of the packages are listed in the release." > "$out/licences.html"
fi

cargo deb --no-build --locked --profile "$profile" --output "$out/" ${FAST_PACKAGING:+--fast}

# The tree of the .deb is that of the archive and of the AppImage too: one list of files, in Cargo.toml.
tree=$out/$name-$version-$system
dpkg-deb --fsys-tarfile "$out"/*.deb | tar --extract --directory "$out"
mv "$out/usr" "$tree"
tar --create --directory "$out" --sort=name --owner=0 --group=0 --numeric-owner --mtime="@$SOURCE_DATE_EPOCH" "${tree##*/}" \
  | gzip --no-name > "$tree.tar.gz"

if command -v appimagetool >/dev/null; then
  image=$out/AppDir
  mkdir "$image"
  cp -r "$tree" "$image/usr"
  ln -s "usr/bin/$name" "$image/AppRun"
  ln -s "usr/share/applications/$name.desktop" "usr/share/icons/hicolor/256x256/apps/$name.png" "$image/"
  appimagetool --no-appstream "$image" "$tree.AppImage"
  rm -rf "$image"
else
  echo "no AppImage: appimagetool is not on this machine (https://github.com/AppImage/appimagetool)" >&2
fi
rm -rf "$tree"
(cd "$out" && ls -l --time-style=+ ./*.deb ./*.tar.gz && sha256sum ./*.deb ./*.tar.gz)
