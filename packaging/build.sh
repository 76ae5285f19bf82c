#!/usr/bin/env bash
# Makes what is handed out for Linux into packaging/out: a .deb, a .tar.gz and an AppImage.
#
#     packaging/build.sh                    # the release: takes its time (thin LTO over one unit)
#     packaging/build.sh --profile dev      # what development builds anyhow, as a .deb alone: a trial of the packaging
#
# cargo-deb, and cargo-about for the release, are built the first time, into tools/ of the target folder.
# The same source, compiler and EMBEDDING_PLAYGROUND_REVISION give the same archive.
set -euo pipefail
cd "$(dirname "$0")/.."

profile=release
if [ "${1-}" = --profile ]; then profile=$2; fi
folder=$profile
if [ "$profile" = dev ]; then folder=debug; fi

target=$(realpath -m "${CARGO_TARGET_DIR:-target}")
out=packaging/out
name=embedding-playground
version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -1)
system=$(uname -m)-linux

# A tool for packaging, of that version, in a folder of its own: tool NAME VERSION [FEATURES].
tool() {
  env -u CARGO_TARGET_DIR -u RUSTFLAGS cargo install --quiet --locked --root "$target/tools" --features "${3-}" --version "$2" "$1"
}

tool cargo-deb 3.8.0
if [ "$profile" = release ]; then
  tool cargo-about 0.9.3 cli
  # Without history, as in a tarball, no revision is told. A trial tells none either, or all would be built again for it.
  EMBEDDING_PLAYGROUND_REVISION=${EMBEDDING_PLAYGROUND_REVISION-$(git describe --always --dirty --abbrev=12 --exclude '*' 2>/dev/null || true)}
  export EMBEDDING_PLAYGROUND_REVISION
  # Panics tell where they were, but not the folders of whoever built this.
  export RUSTFLAGS="--remap-path-prefix=${CARGO_HOME:-$HOME/.cargo}=/cargo --remap-path-prefix=$PWD=/source"
fi
# SOURCE_DATE_EPOCH comes after: where it is new or another, the packages that have C in them, and all that need these, are built again.
cargo build --locked --profile "$profile"

export PATH=$target/tools/bin:$PATH
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || stat -c %Y Cargo.toml)}
export SOURCE_DATE_EPOCH

rm -rf "$out"
mkdir -p "$out/papers"
"$target/$folder/$name" papers --out "$out/papers"
if [ "$profile" != release ]; then
  echo "A trial of the packaging: the licences of the packages are listed in the release." > "$out/licences.html"
  cargo deb --no-build --locked --profile "$profile" --strip --fast --output "$out/"
  ls -l --time-style=+ "$out"/*.deb
  exit
fi
packaging/licences.sh > "$out/licences.html"
cargo deb --no-build --locked --profile "$profile" --output "$out/"

# The tree of the .deb is that of the archive and of the AppImage too: one list of files, in Cargo.toml.
tree=$out/$name-$version-$system
dpkg-deb --fsys-tarfile "$out"/*.deb | tar --extract --directory "$out"
mv "$out/usr" "$tree"
tar --create --directory "$out" --sort=name --owner=0 --group=0 --numeric-owner --mtime="@$SOURCE_DATE_EPOCH" "${tree##*/}" \
  | gzip --no-name > "$tree.tar.gz"

# What is made already stays, whatever becomes of this.
packaging/appimage.sh "$tree" "$tree.AppImage" || echo "no AppImage: see above" >&2
rm -rf "$tree"
(cd "$out" && shopt -s nullglob && made=(./*.deb ./*.tar.gz ./*.AppImage) && ls -l --time-style=+ "${made[@]}" && sha256sum "${made[@]}")
if dpkg-deb --field "$out"/*.deb Maintainer | grep -q '\.invalid>'; then
  echo "NOT TO BE HANDED OUT YET: the package names no maintainer who could be written to; see \"Before it is published\" in packaging/README.md" >&2
fi
