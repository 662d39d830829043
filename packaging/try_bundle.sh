#!/usr/bin/env bash
# usage: try_bundle.sh PROGRAM: it starts, annotates the sample and draws the window without a screen
set -euo pipefail
program=$(realpath "$1")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
sample=$(find "$(dirname "$program")" -path '*samples/textbook.mgf' | head -1)
cd "$work"
env -u PYTHONPATH "$program" --version
env -u PYTHONPATH "$program" annotate "$sample" --out results
test -s results/peaks.tsv
env -u PYTHONPATH "$program" picture "$sample" --out window.png
test -s window.png
echo "the bundle works: $(du -sh "$(dirname "$program")" | cut -f1)"
