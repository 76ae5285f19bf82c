#!/usr/bin/env bash
# Fuzzes readers, one after the other, and counts: fuzz/run.sh SECONDS [READER…]; without names, all of them.
# Needs a nightly toolchain and `cargo install --locked cargo-fuzz`.
set -euo pipefail
cd "$(dirname "$0")/.."

seconds=${1:?"how many seconds for each reader?"}
shift
mapfile -t all < <(sed -n '/^\[\[bin\]\]/{n;s/^name = "\(.*\)"$/\1/p}' fuzz/Cargo.toml)
readers=("$@")
[ ${#readers[@]} -gt 0 ] || readers=("${all[@]}")

dictionary() {
  case $1 in
    phrases | pairs | vectors | judgements | staying) echo tables ;;
    arrays | parquet) echo arrays ;;
    project | run | lesson | texts) echo own ;;
    configs | folder | weights | pickle) echo models ;;
    hub | server) echo answers ;;
  esac
}

# Bytes of an input at most.
longest() {
  case $1 in
    run | pickle) echo 20000 ;;
    project | lesson | configs | folder | weights) echo 12000 ;;
    *) echo 4096 ;;
  esac
}

# What fuzzing starts from, made of the fixtures.
cargo test --quiet --test integration seeds_of_the_fuzzers -- --ignored >/dev/null
mkdir -p fuzz/artifacts
total=0
for reader in "${readers[@]}"; do
  log=fuzz/artifacts/$reader.log
  outcome=ended
  # Safe code needs no sanitizer: panics, hangs and memory are what is looked for.
  cargo +nightly fuzz run --sanitizer none "$reader" -- -max_total_time="$seconds" -max_len="$(longest "$reader")" \
    -dict="fuzz/dictionaries/$(dictionary "$reader").dict" -timeout=5 -rss_limit_mb=1024 -print_final_stats=1 \
    >"$log" 2>&1 || outcome="FOUND SOMETHING, see $log"
  runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log" | tail -1)
  total=$((total + ${runs:-0}))
  printf '%-12s %12s runs, %s\n' "$reader" "${runs:-0}" "$outcome"
done
echo "$total runs in all"
