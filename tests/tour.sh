#!/usr/bin/env bash
# The command line from one end to the other, as a chemist would use it.  tour.sh PYTHON
set -euo pipefail
python=${1:-python3}
root=$(cd "$(dirname "$0")/.." && pwd)
case "$python" in /*) ;; *) python="$root/$python" ;; esac
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export MSGUI_CONFIG="$work/config" MSGUI_DATA="$work/data" MSGUI_CACHE="$work/cache"
export QT_QPA_PLATFORM=offscreen
cd "$work"
samples="$root/resources/samples/textbook.mgf"
passed=0

say() { printf '  %-62s' "$1"; }
ok() { passed=$((passed + 1)); echo ok; }
fails_with() { # CODE COMMAND...: the command must end with this exit code and without a traceback
    local code=$1 got=0
    shift
    "$@" >"$work/stdout" 2>"$work/stderr" || got=$?
    if [ "$got" != "$code" ] || grep -q Traceback "$work/stderr"; then
        echo "exit code $got instead of $code"; cat "$work/stderr"; exit 1
    fi
}
msgui() { "$python" -m msgui "$@"; }

say "check: every sample loads"
msgui check --json "$samples" >check.json
"$python" - <<'PY'
import json
report = json.loads(open("check.json").readline())
assert report["status"] == "load" and report["found"] == report["loaded"] > 20, report
PY
ok

say "check: a bad record is reported, the rest loads"
{ cat "$samples"; printf 'BEGIN IONS\nTITLE=bad\nPEPMASS=100\n50 x\nEND IONS\n'; } >mixed.mgf
fails_with 0 "$python" -m msgui check mixed.mgf
fails_with 1 "$python" -m msgui check --strict mixed.mgf
ok

say "wrong use ends with 2 and one line"
fails_with 2 "$python" -m msgui check missing.mgf
fails_with 2 "$python" -m msgui annotate "$samples" --no-such-option
ok

say "structures: build, info, search"
printf 'smiles\tname\nCn1c(=O)c2c(ncn2C)n(C)c1=O\tcaffeine\nCn1c(=O)c2[nH]cnc2n(C)c1=O\ttheophylline\nCn1c(=O)[nH]c2ncn(C)c2c1=O\tparaxanthine-like\nnonsense(\tbroken\n' >mine.tsv
got=0; msgui structures build mine.tsv --out mine.parquet >build.txt 2>&1 || got=$?
[ "$got" = 1 ] || { cat build.txt; exit 1; }
msgui structures info mine.parquet | grep -q 3
msgui structures search mine.parquet caffeine 2>/dev/null | grep -q C8H10N4O2 ||
    msgui structures search caffeine --structures mine.parquet | grep -q C8H10N4O2
ok

say "annotate: all files are written"
msgui annotate "$samples" --out results --figures --reports 2>annotate.log || { cat annotate.log; exit 1; }
for file in spectra formulas peaks candidates trust; do [ -s "results/$file.tsv" ]; done
[ -s results/annotated.mgf ] && [ -s results/annotated.msp ] && [ -s results/run.json ]
[ "$(ls results/figures/*.svg | wc -l)" -gt 20 ] && [ "$(ls results/reports/*.html | wc -l)" -gt 20 ]
ok

say "annotate: caffeine is among the candidates of its spectrum"
"$python" - <<'PY'
import csv
rows = list(csv.DictReader(open("results/candidates.tsv", encoding="utf-8"), delimiter="\t"))
mine = [r for r in rows if r["spectrum_id"] == "sample-01"]
assert any(r["inchikey14"] == "RYYVLZVUVIJVGH" for r in mine), mine[:3]
PY
ok

say "annotate: the same again, byte for byte"
msgui annotate "$samples" --out again 2>/dev/null
for file in spectra formulas peaks candidates trust; do cmp "results/$file.tsv" "again/$file.tsv"; done
cmp results/annotated.mgf again/annotated.mgf
ok

say "annotate: an existing result is not overwritten by accident"
fails_with 2 "$python" -m msgui annotate "$samples" --out again
ok

say "replay: the same tables from run.json"
msgui replay results/run.json --out replayed 2>/dev/null
for file in spectra formulas peaks candidates trust; do cmp "results/$file.tsv" "replayed/$file.tsv"; done
ok

say "annotate: a given candidate list is ranked exactly"
printf 'spectrum_id\tsmiles\nsample-01\tCn1c(=O)c2c(ncn2C)n(C)c1=O\nsample-01\tCCn1c(=O)c2nc[nH]c2n(C)c1=O\n' >given.tsv
got=0; msgui annotate "$samples" --candidates given.tsv --out given 2>/dev/null || got=$?
[ "$(tail -n +2 given/candidates.tsv | wc -l)" = 2 ]
ok

say "predict: arrays for every spectrum"
msgui predict "$samples" --out prediction.npz 2>/dev/null
"$python" - <<'PY'
import numpy as np
arrays = np.load("prediction.npz", allow_pickle=False)
assert arrays["probability"].shape == (len(arrays["id"]), 4096) and len(arrays["id"]) > 20
PY
ok

say "library: build, info, search"
msgui library build "$samples" --out samples.library >/dev/null 2>&1
msgui library info samples.library | grep -q 22
msgui library search "$samples" --library samples.library >/dev/null 2>&1 ||
    msgui library search samples.library "$samples" >/dev/null
ok

say "models: list, show, verify"
msgui models list | grep -q massbank
for name in $(ls "$root/models"); do
    msgui models show "$name" >/dev/null
    msgui models verify "$name" >/dev/null 2>&1
done
ok

say "picture: the real window, without a display"
msgui picture "$samples" --out window.png --size 1366x768 2>/dev/null
[ "$(wc -c <window.png)" -gt 20000 ]
ok

echo "$passed passed, 0 failed"
