"""The candidate store: by formula, by mass, by text; from several threads; and bad files."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from msgui.errors import MsguiError
from msgui.structures.store import StructureStore, open_store, split_charge, stores_folder

ELECTRON = 0.00054857990907
CAFFEINE = ("Cn1c(=O)c2c(ncn2C)n(C)c1=O", "RYYVLZVUVIJVGH", "C8H10N4O2", 194.080375574)
ROWS = [
    ("CCO", "LFQSCWFLJHTTHZ", "C2H6O", 46.041864810, "ethanol", "a"),
    ("COC", "LCGLNKUTAGEVQW", "C2H6O", 46.041864810, "dimethyl ether", "a|b"),
    # The mass of this ion is written without its electron, as RDKit does.
    ("C[N+](C)(C)CCO", "OEYIOHPDSNJKLS", "C5H14NO+", 104.107539 + 0.0, "choline", "b"),
    ("Nc1ccccc1", "PAYRUJLWNCNPSJ", "C6H7N", 93.057849, "aniline", "b"),
    (*CAFFEINE, "caffeine", "b"),
]


def write_store(path: Path, rows: list = ROWS, **changes: object) -> Path:
    names = ["smiles", "inchikey14", "formula", "exact_mass", "name", "source"]
    rows = sorted(rows, key=lambda row: row[3])
    table = {name: [row[index] for row in rows] for index, name in enumerate(names)}
    table.update(changes)
    pq.write_table(pa.table({k: v for k, v in table.items() if v is not None}), path)
    return path


@pytest.fixture
def store(tmp_path: Path) -> StructureStore:
    return StructureStore.open(write_store(tmp_path / "small.parquet"))


def test_by_formula_gives_isomers_sorted_by_inchikey(store: StructureStore) -> None:
    found = store.by_formula("C2H6O")
    assert [structure.name for structure in found] == ["dimethyl ether", "ethanol"]
    assert store.by_formula("OH6C2") == found
    assert store.by_formula("C99H2") == []


def test_many_formulas_at_once_give_what_each_gives(store: StructureStore) -> None:
    found = store.by_formulas(["OH6C2", "C5H14NO", "C8H10N4O2", "C99H2"])
    assert list(found) == ["C2H6O", "C5H14NO", "C8H10N4O2"]
    assert all(group == store.by_formula(formula) for formula, group in found.items())
    assert store.by_formulas([]) == {}


def test_an_ion_is_found_by_its_atoms_and_has_their_mass(store: StructureStore) -> None:
    (choline,) = store.by_formula("C5H14NO")
    assert choline.formula == "C5H14NO"
    assert choline.exact_mass == pytest.approx(104.107539 + ELECTRON, abs=1e-6)
    assert store.by_formula("C5H14NO+") == [choline]
    assert store.by_mass(104.108088, 2) == [choline]


def test_by_mass_keeps_to_the_window_nearest_first(store: StructureStore) -> None:
    assert [s.name for s in store.by_mass(194.0804, 1)] == ["caffeine"]
    assert store.by_mass(194.0804, 0.1) == []
    assert len(store.by_mass(46.0418, 5)) == 2


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("caffeine", ["caffeine"]),
        ("CAFF", ["caffeine"]),
        ("RYYVLZVUVIJVGH", ["caffeine"]),
        ("RYYVLZVUVIJVGH-UHFFFAOYSA-N", ["caffeine"]),
        ("194.0804", ["caffeine"]),
        ("194,0804", ["caffeine"]),
        ("C8H10N4O2", ["caffeine"]),
        ("CN1C=NC2=C1C(=O)N(C)C(=O)N2C", ["caffeine"]),
        ("InChI=1S/C2H6O/c1-2-3/h3H,2H2,1H3", ["ethanol"]),
        ("CCO", ["ethanol"]),
        ("xyzzy", []),
        ("o'x_%", []),
        ("", []),
    ],
)
def test_search_understands(store: StructureStore, text: str, names: list[str]) -> None:
    assert [structure.name for structure in store.search(text)] == names


def test_names_are_given_where_they_are_known(tmp_path: Path) -> None:
    rows = [*ROWS, ("CN", "BAVYZALUXZFZLV", "CH5N", 31.042199, None, "b")]
    store = StructureStore.open(write_store(tmp_path / "names.parquet", rows))
    caffeine, methylamine = CAFFEINE[1], "BAVYZALUXZFZLV"
    expected = {caffeine: "caffeine"}
    assert store.names_of([caffeine, methylamine, "AAAAAAAAAAAAAA"]) == expected
    assert store.names_of([]) == {}
    # The second answer is remembered.
    (tmp_path / "names.parquet").unlink()
    assert store.names_of([methylamine, caffeine]) == expected


def test_a_store_without_names_gives_none(tmp_path: Path) -> None:
    store = StructureStore.open(write_store(tmp_path / "bare.parquet", name=None))
    assert store.names_of([CAFFEINE[1]]) == {}


def test_search_finds_synonyms_but_after_names(tmp_path: Path) -> None:
    rows = [ROWS[0], ROWS[1]]
    synonyms = ["wood ether", "ethyl alcohol; spirit"]
    path = write_store(tmp_path / "s.parquet", rows, synonyms=synonyms)
    store = StructureStore.open(path)
    assert len(store.search("ether")) == 1 or store.search("ether")[0].name == "dimethyl ether"
    assert len(store.search("spirit")) == 1


def test_repeated_first_blocks_are_one_structure(tmp_path: Path) -> None:
    path = write_store(tmp_path / "double.parquet", [ROWS[0], ROWS[0]])
    assert len(StructureStore.open(path).by_formula("C2H6O")) == 1


def test_a_path_with_wildcards_is_one_file(tmp_path: Path) -> None:
    folder = tmp_path / "my [data] *?"
    folder.mkdir()
    write_store(tmp_path / "other.parquet", [ROWS[3]])
    store = StructureStore.open(write_store(folder / "a[1]'.parquet", [ROWS[0]]))
    assert [structure.name for structure in store.by_mass(46.04186, 10)] == ["ethanol"]


def test_several_threads_get_the_same(store: StructureStore) -> None:
    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(lambda _: store.by_formula("C2H6O"), range(50)))
    assert all(result == results[0] for result in results)


def test_info_counts_and_hashes(store: StructureStore) -> None:
    info = store.info()
    assert (info.count, info.name, len(info.sha256)) == (5, "small", 64)


def test_columns_may_be_missing_or_empty(tmp_path: Path) -> None:
    path = write_store(tmp_path / "bare.parquet", [ROWS[0]], name=None, source=[None])
    (ethanol,) = StructureStore.open(path).by_formula("C2H6O")
    assert (ethanol.name, ethanol.source) == ("", "")
    assert StructureStore.open(path).by_name("ethanol") == []


def test_an_impossible_formula_is_an_error(store: StructureStore) -> None:
    with pytest.raises(MsguiError):
        store.by_formula("Xx3")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (None, "no such file"),
        (b"", "empty"),
        (b"smiles,name\nCCO,ethanol\n", "not a candidate store"),
        (b"PAR1" + b"x" * 100, "cut off"),
        (b"PAR1" + b"x" * 100 + b"PAR1", "cannot be read"),
    ],
)
def test_bad_files_are_named(tmp_path: Path, content: bytes | None, says: str) -> None:
    path = tmp_path / "bad.parquet"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(MsguiError) as caught:
        StructureStore.open(path)
    assert says in caught.value.cause
    assert caught.value.action
    assert "bad.parquet" in caught.value.file


def test_a_missing_column_is_named(tmp_path: Path) -> None:
    path = write_store(tmp_path / "x.parquet", formula=None)
    with pytest.raises(MsguiError, match="no column formula"):
        StructureStore.open(path)


def test_a_store_that_changes_under_us_is_an_error(tmp_path: Path) -> None:
    path = write_store(tmp_path / "gone.parquet")
    store = StructureStore.open(path)
    path.unlink()
    with pytest.raises(MsguiError, match="cannot be read"):
        store.by_formula("C2H6O")


def test_open_store_knows_installed_names(own_folders: Path) -> None:
    write_store(stores_folder() / "mine.parquet")
    assert open_store("mine").by_formula("C2H6O")
    with pytest.raises(MsguiError, match="no such"):
        open_store("theirs")


@pytest.mark.parametrize(
    ("formula", "expected"),
    [("C4H10N+", ("C4H10N", 1)), ("SO4-2", ("SO4", -2)), ("C2H6O", ("C2H6O", 0))],
)
def test_split_charge(formula: str, expected: tuple[str, int]) -> None:
    assert split_charge(formula) == expected


@pytest.mark.data
def test_the_large_table_opens_as_it_is(shared_data: Path) -> None:
    store = StructureStore.open(shared_data / "structures.parquet")
    names = {structure.name.lower() for structure in store.by_formula("C8H10N4O2")}
    assert "caffeine" in names
    assert len(store) > 400_000
    masses = [s.exact_mass for s in store.by_mass(302.04265, 5)]
    assert masses
    assert all(abs(mass / 302.04265 - 1) <= 5e-6 for mass in masses)
