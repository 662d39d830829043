"""Run every benchmark that needs nothing but this checkout and, where given, the shared data.

Usage: python benchmarks/run_all.py [DATA_FOLDER]

DATA_FOLDER (default: ../shared/data) holds massbank_ms2.parquet and structures.parquet; without it
the benchmarks that need it are left out, and that is said.
"""

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
WITHOUT_DATA = (
    "start_window.py",
    "window_50000.py",
    "draw_spectrum.py",
    "inference.py",
    "project_file.py",
    "export_many.py",
)
WITH_DATA = (
    "read_files.py",
    "structure_lookup.py",
    "library_search.py",
    "subformulas.py",
    "chemistry.py",
)


def main() -> int:
    """Run the benchmarks one after the other and return how many failed."""
    data = Path(sys.argv[1]) if len(sys.argv) > 1 else HERE.parents[1] / "shared" / "data"
    has_data = (data / "massbank_ms2.parquet").exists()
    commands = [[name] for name in WITHOUT_DATA]
    commands += [[name, str(data)] for name in WITH_DATA if has_data]
    if not has_data:
        print(f"without {data.name}/: {', '.join(WITH_DATA)} are left out")
    failed = 0
    for name, *arguments in commands:
        print(f"\n== {name}", flush=True)
        failed += subprocess.call([sys.executable, str(HERE / name), *arguments]) != 0
    return failed


if __name__ == "__main__":
    sys.exit(main())
