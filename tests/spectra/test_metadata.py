"""Fields of a record as a mapping that nothing changes."""

import pickle

import pytest

from msgui.spectra.metadata import NOTHING, Metadata, shared_words


def test_it_is_a_mapping_in_the_order_of_the_record() -> None:
    fields = Metadata.of({"B": "1", "A": "2"})
    assert list(fields) == ["B", "A"]
    assert list(fields.items()) == [("B", "1"), ("A", "2")]
    assert (fields["A"], fields.get("C"), "B" in fields, len(fields)) == ("2", None, True, 2)
    assert fields == {"A": "2", "B": "1"}
    assert hash(fields) == hash(Metadata.of({"A": "2", "B": "1"}))
    with pytest.raises(KeyError, match="C"):
        fields["C"]
    with pytest.raises(TypeError):
        fields["A"] = "3"  # type: ignore[index]


def test_names_are_kept_once_and_values_beyond_them_are_passed_over() -> None:
    one, other = Metadata.of({"A": "1"}), Metadata.of({"A": "2"})
    assert one._names is other._names
    assert dict(Metadata(("A",), ("1", "", ""))) == {"A": "1"}
    assert Metadata.of(one) is one
    assert Metadata.of({}) is NOTHING


def test_it_can_be_sent_to_another_process() -> None:
    fields = Metadata(("A",), ("1", ""))
    copy = pickle.loads(pickle.dumps(fields))
    assert copy == fields
    assert repr(copy) == "Metadata({'A': '1'})"


def test_like_words_are_one_object() -> None:
    words = "C" * 20
    assert shared_words("".join(["C"] * 20)) is shared_words(words)
