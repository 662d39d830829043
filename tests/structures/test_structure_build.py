"""Stores from files of every kind: nothing lost in silence, nothing half written."""

import gzip
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from msgui.errors import MsguiError, Problem
from msgui.progress import Step
from msgui.structures.build import build_store
from msgui.structures.opening import prepare_store
from msgui.structures.store import StoreInfo, StructureStore

CAFFEINE = "CN1C=NC2=C1C(=O)N(C)C(=O)N2C"
ETHANOL_SDF = """ethanol
  made by hand

  3  2  0  0  0  0            999 V2000
    0.0000    0.0000    0.0000 C   0  0
    1.0000    0.0000    0.0000 C   0  0
    2.0000    0.0000    0.0000 O   0  0
  1  2  1  0
  2  3  1  0
M  END
> <ID>
E1

> <Database>
mine

$$$$
broken
  made by hand

  1  0  0  0  0  0            999 V2000
    0.0000    0.0000    0.0000 Zz  0  0
M  END
$$$$
"""


def build(
    tmp_path: Path, content: str | bytes, name: str = "list.csv"
) -> tuple[StoreInfo, list[Problem], StructureStore]:
    file = tmp_path / name
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    problems, info = [], None
    for event in build_store([file], tmp_path / "out.parquet", overwrite=True, workers=1):
        if isinstance(event, Problem):
            problems.append(event)
        elif isinstance(event, StoreInfo):
            info = event
    assert info is not None
    assert info.found == info.count + info.merged + info.skipped
    assert info.skipped == sum(problem.skipped for problem in problems)
    return info, problems, StructureStore.open(tmp_path / "out.parquet")


def names(store: StructureStore) -> set[str]:
    return {structure.name for structure in store.by_mass(300, 1e6)}


@pytest.mark.parametrize(
    "content",
    [
        f"name,smiles\ncaffeine,{CAFFEINE}\nethanol,CCO\n",
        f"\ufeffname,smiles\r\ncaffeine,{CAFFEINE}\r\nethanol,CCO\r\n",
        f"Name;SMILES;mass\ncaffeine;{CAFFEINE};194,08\nethanol;CCO;46,04\n",
        f"Canonical SMILES\tCompound Name\n{CAFFEINE}\tcaffeine\nCCO\tethanol\n",
        f'smiles,name,note\n{CAFFEINE},caffeine,"one, two\nthree ""four"""\nCCO,ethanol,\n',
        f"name,smiles\ncaffeine,{CAFFEINE}\n\n\nethanol,CCO".encode("utf-16"),
        gzip.compress(f"smiles,name\n{CAFFEINE},caffeine\nCCO,ethanol\n".encode()),
        f"{CAFFEINE} caffeine\nCCO ethanol\n",
        f"{CAFFEINE}\tcaffeine\nCCO\tethanol\n",
        f"caffeine,{CAFFEINE}\nethanol,CCO\n",
        f"smiles,name\n{CAFFEINE},caffeine,too,much\nCCO,ethanol\n",
        f"smiles,long,name\n{CAFFEINE},{'x' * 200_000},caffeine\nCCO,,ethanol\n",
    ],
    ids=[
        "plain",
        "bom-crlf",
        "semicolon-comma",
        "tabs",
        "quoted-newline",
        "utf-16",
        "gzip",
        "smiles-list",
        "smiles-tabs",
        "no-header",
        "ragged",
        "long-field",
    ],
)
def test_every_way_to_write_a_table_is_read(tmp_path: Path, content: str | bytes) -> None:
    info, _, store = build(tmp_path, content)
    assert (info.found, info.skipped) == (2, 0)
    assert names(store) == {"caffeine", "ethanol"}


def test_bad_rows_are_named_with_their_line(tmp_path: Path) -> None:
    text = (
        f"smiles,name\n{CAFFEINE},caffeine\nC1CC,open ring\n,nothing\nnot at all,x\nCCO,ethanol\n"
    )
    info, problems, _ = build(tmp_path, text)
    assert (info.found, info.count, info.skipped) == (5, 2, 3)
    errors = {problem.where: problem.cause for problem in problems if problem.skipped}
    assert set(errors) == {"line 3", "line 4", "line 5"}
    assert "not a SMILES" in errors["line 3"]
    assert all(problem.file.endswith("list.csv") for problem in problems)


def test_a_list_of_smiles_may_have_more_bad_rows_than_good_ones(tmp_path: Path) -> None:
    text = "not-a-smiles first\nC1CC open\nCCO ethanol\n[Xx] x\n"
    info, problems, store = build(tmp_path, text, "list.smi")
    assert (info.found, info.count, info.skipped) == (4, 1, 3)
    lines = {problem.where for problem in problems if problem.skipped}
    assert lines == {"line 1", "line 2", "line 4"}
    assert names(store) == {"ethanol"}


def test_a_quotation_mark_that_is_never_closed_costs_one_row(tmp_path: Path) -> None:
    text = 'smiles,name\nCCO,"ethanol\nCCC,propane\nCCCC,butane\n'
    info, problems, store = build(tmp_path, text)
    assert (info.found, info.skipped) == (3, 1)
    assert [problem.where for problem in problems if problem.skipped] == ["line 2"]
    assert names(store) == {"propane", "butane"}


def test_a_quotation_mark_inside_a_name_is_a_letter(tmp_path: Path) -> None:
    info, _, store = build(tmp_path, 'smiles,name\nCCO,2"-ethanol\nCCC,propane\n')
    assert info.skipped == 0
    assert names(store) == {'2"-ethanol', "propane"}


def test_same_structures_are_merged_and_counted(tmp_path: Path) -> None:
    text = "smiles,name,id\nC[C@H](N)C(=O)O,,1\nC[C@@H](N)C(=O)O,alanine,2\nCC(N)C(=O)O,dl,3\n"
    info, _, _ = build(tmp_path, text)
    assert (info.count, info.merged) == (1, 2)
    row = pq.read_table(tmp_path / "out.parquet").to_pylist()[0]
    assert (row["count"], row["name"], row["smiles"]) == (3, "alanine", "CC(N)C(=O)O")


def test_salts_are_stripped_and_said_so(tmp_path: Path) -> None:
    text = "smiles\nCC(=O)[O-].[Na+]\nCCN.Cl\nCCO\n"
    _, problems, store = build(tmp_path, text)
    assert {s.smiles for s in store.by_mass(50, 1e6)} == {"CC(=O)O", "CCN", "CCO"}
    (notice,) = [problem for problem in problems if "salt" in problem.cause]
    assert notice.kind == "warning"
    assert notice.cause.startswith("2 structures")
    assert notice.where == "first at line 2"


def test_a_formula_or_mass_that_is_not_the_structures_is_said(tmp_path: Path) -> None:
    text = "smiles;formula;exact mass\nCCO;C2H6O;46,0419\nCCC;C9H9;44,0626\nCCN;C2H7N;99,9\n"
    _, problems, store = build(tmp_path, text)
    causes = [problem.cause for problem in problems]
    assert any("formula in the file" in cause and cause.startswith("1 ") for cause in causes)
    assert any("mass in the file" in cause and cause.startswith("1 ") for cause in causes)
    assert store.by_formula("C3H8")


def test_limits_are_kept(tmp_path: Path) -> None:
    text = f"smiles\n{'C' * 200_000}\n{'C(' * 20_000}C{')' * 20_000}\n*C(=O)O\n[H+]\nCCO\n"
    info, problems, _ = build(tmp_path, text)
    assert (info.count, info.skipped) == (1, 4)
    assert all(problem.cause for problem in problems)


def test_sdf_records(tmp_path: Path) -> None:
    info, problems, store = build(tmp_path, ETHANOL_SDF, "two.sdf")
    assert (info.found, info.skipped) == (2, 1)
    (ethanol,) = store.by_formula("C2H6O")
    assert (ethanol.name, ethanol.identifier, ethanol.source) == ("ethanol", "E1", "mine")
    assert [problem.where for problem in problems if problem.skipped] == ["line 18"]


def test_a_cut_sdf_loads_what_is_whole(tmp_path: Path) -> None:
    cut = ETHANOL_SDF[: ETHANOL_SDF.rindex("M  END")]
    info, _, _ = build(tmp_path, cut, "cut.sdf")
    assert (info.count, info.skipped) == (1, 1)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "empty"),
        (b"\n\n\n", "blank"),
        (b"smiles,name\n", "No rows"),
        (b"name,mass\nethanol,46.04\n", "no column smiles"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 100, "PNG"),
        (b"<!DOCTYPE html><html></html>", "web page"),
        (b"smiles\nxx\nyy\n", "No structure could be read"),
    ],
)
def test_files_without_structures_are_refused(tmp_path: Path, content: bytes, says: str) -> None:
    file = tmp_path / "bad.csv"
    file.write_bytes(content)
    with pytest.raises(MsguiError) as caught:
        list(build_store([file], tmp_path / "out.parquet", workers=1))
    assert says in caught.value.cause
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bad.csv"]


def test_a_table_that_is_canonical_is_taken_as_it_is(tmp_path: Path) -> None:
    first = tmp_path / "first.csv"
    first.write_text(f"smiles,name\n{CAFFEINE},caffeine\nCCO,ethanol\nC[N+](C)(C)C,tma\n")
    list(build_store([first], tmp_path / "first.parquet", workers=1))
    table = pq.read_table(tmp_path / "first.parquet")
    # An ion as RDKit writes it: charge in the formula, mass without the electron.
    rows = table.select(["smiles", "inchikey14", "formula", "exact_mass", "name"]).to_pylist()
    for row in rows:
        if row["name"] == "tma":
            row["formula"] += "+"
            row["exact_mass"] -= 0.00054858
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "second.parquet")
    events = list(build_store([tmp_path / "second.parquet"], tmp_path / "third.parquet"))
    assert not [event for event in events if isinstance(event, Problem)]
    again = pq.read_table(tmp_path / "third.parquet")
    assert again["smiles"].to_pylist() == table["smiles"].to_pylist()
    assert again["formula"].to_pylist() == table["formula"].to_pylist()
    assert again["exact_mass"].to_pylist() == pytest.approx(table["exact_mass"].to_pylist())


def test_a_table_that_only_says_it_is_canonical_is_standardized(tmp_path: Path) -> None:
    rows = [
        {"smiles": "OCC", "inchikey14": "LFQSCWFLJHTTHZ", "formula": "C2H6O", "exact_mass": 46.04}
    ]
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "lies.parquet")
    list(build_store([tmp_path / "lies.parquet"], tmp_path / "out.parquet", workers=1))
    (ethanol,) = StructureStore.open(tmp_path / "out.parquet").by_formula("C2H6O")
    assert ethanol.smiles == "CCO"


def test_nothing_is_left_of_a_cancelled_build(tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    file.write_text("smiles\n" + "\n".join("C" * (n % 30 + 1) for n in range(2000)))
    events = build_store([file], tmp_path / "out.parquet", workers=1)
    for _ in range(3):
        assert isinstance(next(events), Step)
    events.close()
    assert [path.name for path in tmp_path.iterdir()] == ["list.csv"]


def test_a_file_that_is_there_is_kept(tmp_path: Path) -> None:
    build(tmp_path, "smiles\nCCO\n")
    before = (tmp_path / "out.parquet").read_bytes()
    with pytest.raises(MsguiError, match="of that name"):
        list(build_store([tmp_path / "list.csv"], tmp_path / "out.parquet"))
    out = tmp_path / "out.parquet"
    with pytest.raises(MsguiError, match="own input"):
        list(build_store([out], out, overwrite=True))
    assert (tmp_path / "out.parquet").read_bytes() == before


def test_a_list_is_built_once_and_kept_in_the_cache(tmp_path: Path) -> None:
    file = tmp_path / "mine.smi"
    file.write_text("CCO ethanol\nCCC propane\n")
    first = list(prepare_store(file))[-1]
    second = list(prepare_store(file))
    assert isinstance(first, StructureStore)
    assert len(second) == 1
    assert second[0].path == first.path
    file.write_text("CCO ethanol\n")
    assert len(list(prepare_store(file))[-1]) == 1
