#!/bin/sh
# Builds the fuzzers with the stable toolchain and runs one: fuzz/run.sh TARGET [SECONDS]
#
# The instrumentation is LLVM's, asked for by stable flags; cargo-fuzz would want a nightly for its sanitizers, which Rust
# without `unsafe` gains little from. `--target` keeps build scripts and macros out of it.
set -eu
cd "$(dirname "$0")"
target=$1
seconds=${2:-300}
host=$(rustc -vV | sed -n 's/^host: //p')
RUSTFLAGS="-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
-Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
-Cllvm-args=-sanitizer-coverage-trace-compares"
export RUSTFLAGS
cargo build --release --target "$host" --bin "$target"
mkdir -p "found/$target"
# What it learns goes into found/; corpus/ is only read.
exec "${CARGO_TARGET_DIR:-target}/$host/release/$target" -max_total_time="$seconds" -max_len=16384 \
    -rss_limit_mb=1024 -timeout=10 -artifact_prefix="found/$target-" "found/$target" "corpus/$target"
