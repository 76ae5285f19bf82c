#!/usr/bin/env bash
# The packages that are compiled in and the texts of their licences, as one HTML page on standard output.
# Needs cargo-about; the texts come from the packages themselves, nothing is asked of the net.
set -euo pipefail
cd "$(dirname "$0")"
cargo about generate --locked --offline --config about.toml --manifest-path ../Cargo.toml about.hbs
