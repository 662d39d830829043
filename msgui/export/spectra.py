"""Spectra as text: MGF, MSP and JSON, plain or with what was found for each peak.

Numbers are written with all their digits, so that reading a file back gives the same arrays. In MSP
the annotation stands behind each peak in quotes, as libraries do it. Readers of MGF take a third
column for a charge, so there it stands in one field, ``PEAK_COMMENTS``, in the form that matchms
reads and writes.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from urllib.parse import quote, unquote

import numpy as np

from msgui.annotation import Annotation, PeakAnnotation
from msgui.errors import MsguiError
from msgui.export.files import replaced_file
from msgui.progress import Step
from msgui.spectra.fields import slot_of
from msgui.spectra.record import spectrum_id as id_of_fields
from msgui.spectra.spectrum import Spectrum

SPECTRA_A_STEP = 200
# Titles that a reader makes up for a record without one are not written as if they were its own.
_MADE_UP_TITLE = re.compile(r"m/z \d+\.\d{4}|spectrum \d+")
_COMMENT_PART = re.compile(r"(\w+)=(\S+)")


def one_line(value: object) -> str:
    """Return a text that stays on its line and can be written as UTF-8."""
    text = "".join(
        character if character.isprintable() else _visible(character) for character in str(value)
    )
    return text.strip()


def _visible(character: str) -> str:
    return " " if character in "\t\r\n" else character.encode("unicode_escape").decode("ascii")


def number(value: float) -> str:
    """Return the shortest text that is read back as the same number."""
    text = repr(float(value))
    return text[:-2] if text.endswith(".0") else text


def ion_text(formula: str, charge: int) -> str:
    """Return an ion as text: C6H8N3O+, [C20H22N2O4]2+; empty for no formula."""
    if not formula:
        return ""
    sign = "+" if charge > 0 else "-"
    return f"{formula}{sign}" if abs(charge) == 1 else f"[{formula}]{abs(charge)}{sign}"


def peak_comment(peak: PeakAnnotation) -> str:
    """Return what is known of a peak in one line of ``word=value`` parts; empty for nothing.

    The first word is the ion; then error in ppm, label, neutral loss and, for a piece of the
    structure, its SMILES, atoms, bonds cut and hydrogen shift. ``set=formula`` says that the
    chemist chose the formula; ``note`` is the chemist's, percent-encoded.
    """
    parts: list[str] = []
    if peak.formula:
        parts += [ion_text(peak.formula, peak.charge), f"ppm={peak.error_ppm:.2f}"]
    if peak.label:
        parts.append(f"label={peak.label}")
    if peak.neutral_loss:
        parts.append(f"loss={peak.neutral_loss}")
    piece = peak.fragment
    if piece is not None:
        parts += [
            f"smiles={piece.smiles}",
            f"atoms={','.join(map(str, piece.atoms))}",
            f"cut={','.join(map(str, piece.bonds_cut)) or 'none'}",
            f"h={piece.hydrogen_shift:+d}",
        ]
    if peak.seen_in_training is not None:
        parts.append(f"seen={'yes' if peak.seen_in_training else 'no'}")
    if peak.said.kind:
        parts.append(f"set={peak.said.kind}")
    if peak.said.note:
        parts.append(f"note={quote(peak.said.note, safe=',;:/()+')}")
    return " ".join(parts)


def read_peak_comment(text: str) -> dict[str, str]:
    """Return the parts of a :func:`peak_comment`; the ion under "ion"."""
    parts = dict(_COMMENT_PART.findall(text))
    if "note" in parts:
        parts["note"] = unquote(parts["note"])
    first = text.split(" ", 1)[0]
    return {"ion": first, **parts} if first and "=" not in first else parts


def _own_fields(spectrum: Spectrum) -> dict[str, str]:
    """Return what msgui understood of a record, by the names that MGF files use."""
    fields: dict[str, str] = {}
    if spectrum.title and not _MADE_UP_TITLE.fullmatch(spectrum.title):
        fields["TITLE"] = one_line(spectrum.title)
    if spectrum.precursor_mz is not None:
        fields["PEPMASS"] = number(spectrum.precursor_mz)
    if spectrum.charge:
        fields["CHARGE"] = f"{abs(spectrum.charge)}{'+' if spectrum.charge > 0 else '-'}"
    if spectrum.adduct:
        fields["ADDUCT"] = one_line(spectrum.adduct)
    if spectrum.polarity:
        fields["IONMODE"] = spectrum.polarity
    if spectrum.collision_energy is not None:
        fields["COLLISION_ENERGY"] = one_line(spectrum.collision_energy.text)
    if spectrum.instrument:
        fields["INSTRUMENT"] = one_line(spectrum.instrument)
    fields["MSLEVEL"] = str(spectrum.ms_level)
    if spectrum.retention_time_s is not None:
        # Positional: some readers take the e of an exponent for the beginning of a unit.
        seconds = np.format_float_positional(spectrum.retention_time_s, trim="-")
        fields["RTINSECONDS"] = seconds
    for name in ("formula", "smiles", "inchikey"):
        value = getattr(spectrum, name)
        if value:
            fields[name.upper()] = one_line(value)
    return fields


def record_fields(spectrum: Spectrum) -> dict[str, str]:
    """Return all fields of a spectrum: those that msgui understood, then the file's others.

    An id is added as ``FEATURE_ID`` where the other fields do not say it.
    """
    fields = _own_fields(spectrum)
    kept = {key: one_line(value) for key, value in spectrum.metadata.items()}
    known = {slot_of(key): value for key, value in kept.items() if slot_of(key)}
    if known.get("name") == fields.get("TITLE") and id_of_fields(known) == spectrum.spectrum_id:
        fields.pop("TITLE", None)
    elif "TITLE" in fields:
        known["title"] = fields["TITLE"]
    own_id = one_line(spectrum.spectrum_id)
    if own_id and id_of_fields(known) != own_id:
        fields = {"FEATURE_ID": own_id, **fields}
    slots = {slot_of(key) for key in fields}
    for key, value in kept.items():
        name = re.sub(r"[=:\s]+", "_", key) or "_"
        name = name if name[0].isalpha() or name[0] == "_" else f"_{name}"
        if slot_of(key) not in slots - {""} and name not in fields:
            fields[name] = value
    return fields


def mgf_text(spectrum: Spectrum, extra: Mapping[str, str] | None = None) -> str:
    """Return one MGF record, ended by an empty line."""
    fields = {**record_fields(spectrum), **(extra or {})}
    lines = ["BEGIN IONS", *(f"{key}={value}" for key, value in fields.items())]
    lines += [f"{number(mz)} {number(height)}" for mz, height in _peaks(spectrum)]
    return "\n".join([*lines, "END IONS", "", ""])


_MSP_NAMES = {
    "PEPMASS": "PRECURSORMZ",
    "ADDUCT": "PRECURSORTYPE",
    "COLLISION_ENERGY": "COLLISIONENERGY",
}


def msp_text(
    spectrum: Spectrum,
    extra: Mapping[str, str] | None = None,
    comments: Sequence[str] | None = None,
) -> str:
    """Return one MSP record, ended by an empty line.

    Parameters
    ----------
    spectrum : Spectrum
    extra : mapping, optional
        Further fields.
    comments : sequence of str, optional
        One for each peak, written behind it in quotes; empty for none.
    """
    fields = {**record_fields(spectrum), **(extra or {})}
    name_key = next((key for key in fields if slot_of(key) == "name"), "TITLE")
    name = fields.pop(name_key, "") or spectrum.title or spectrum.spectrum_id or "unknown"
    own_id = one_line(spectrum.spectrum_id)
    known = {"name": one_line(name), **{slot_of(key): value for key, value in fields.items()}}
    if own_id and id_of_fields(known) != own_id:
        # A title that is the id of an MGF record is only a name here.
        fields = {"FEATURE_ID": own_id, **fields}
    lines = [f"NAME: {one_line(name)}"]
    lines += [f"{_MSP_NAMES.get(key, key)}: {value}" for key, value in fields.items()]
    lines.append(f"Num Peaks: {len(spectrum)}")
    for index, (mz, height) in enumerate(_peaks(spectrum)):
        comment = comments[index].replace('"', "'") if comments else ""
        lines.append(f"{number(mz)}\t{number(height)}" + (f'\t"{comment}"' if comment else ""))
    return "\n".join([*lines, "", ""])


def json_record(spectrum: Spectrum) -> str:
    """Return one spectrum as a JSON object in the manner of matchms (``peaks_json``)."""
    fields: dict[str, object] = {
        key if key in spectrum.metadata else key.lower(): value
        for key, value in record_fields(spectrum).items()
    }
    if spectrum.precursor_mz is not None:
        fields.pop("pepmass", None)
        fields["precursor_mz"] = float(spectrum.precursor_mz)
    fields["peaks_json"] = [[mz, height] for mz, height in _peaks(spectrum)]
    return json.dumps(fields, ensure_ascii=False)


def _peaks(spectrum: Spectrum) -> Iterator[tuple[float, float]]:
    return zip(spectrum.mz.tolist(), spectrum.intensity.tolist(), strict=True)


def _found(annotation: Annotation) -> dict[str, str]:
    """Return what msgui found, under names of its own: the record's words stay as they are."""
    found = {
        "MSGUI_ADDUCT": annotation.adduct,
        "MSGUI_FORMULA": annotation.formula,
        "MSGUI_FORMULA_SOURCE": annotation.formula_source,
        "MSGUI_MODEL": annotation.model,
        "MSGUI_STATUS": annotation.status,
        "MSGUI_MESSAGE": annotation.message,
    }
    if annotation.candidates:
        best = annotation.candidates[0]
        found["MSGUI_TOP_SMILES"] = best.structure.smiles
        found["MSGUI_TOP_INCHIKEY14"] = best.structure.inchikey14
        found["MSGUI_TOP_SCORE"] = f"{best.score:.5f}"
        found["MSGUI_TIED_WITH"] = str(best.tied_with)
    return {key: one_line(value) for key, value in found.items() if value}


def annotated_mgf(annotation: Annotation, spectrum_id: str) -> str:
    """Return the MGF record of a spectrum with what was found for its peaks."""
    spectrum = annotation.spectrum.with_(spectrum_id=spectrum_id)
    found = _found(annotation)
    said = {number(peak.mz): peak_comment(peak) for peak in annotation.peaks}
    said = {mz: comment for mz, comment in said.items() if comment}
    if said:
        entries = (f"{mz}: {json.dumps(comment)}" for mz, comment in said.items())
        found["PEAK_COMMENTS"] = "{" + ", ".join(entries) + "}"
    return mgf_text(spectrum, found)


def annotated_msp(annotation: Annotation, spectrum_id: str) -> str:
    """Return the MSP record of a spectrum with what was found behind each peak."""
    spectrum = annotation.spectrum.with_(spectrum_id=spectrum_id)
    comments = [""] * len(spectrum)
    for peak in annotation.peaks:
        comments[peak.index] = peak_comment(peak)
    return msp_text(spectrum, _found(annotation), comments)


def write_spectra(spectra: Iterable[Spectrum], path: str | Path) -> Iterator[Step]:
    """Write spectra as MGF, MSP or JSON (by the suffix), all or nothing; yield steps.

    Raises
    ------
    MsguiError
        When the suffix is none of these, or the file cannot be written.
    """
    suffix = Path(path).suffix.lower()
    if suffix not in _WRITERS:
        raise MsguiError(
            f"Spectra cannot be written as {suffix or 'a file without a suffix'}.",
            "Choose a name that ends in .mgf, .msp or .json.",
            file=str(path),
        )
    total = len(spectra) if isinstance(spectra, Sequence) else 0
    before, between, after = ("[\n", ",\n", "\n]\n") if suffix == ".json" else ("", "", "")
    write = _WRITERS[suffix]
    with replaced_file(path) as file:
        file.write(before.encode())
        for count, spectrum in enumerate(spectra):
            file.write(((between if count else "") + write(spectrum)).encode())
            if count % SPECTRA_A_STEP == SPECTRA_A_STEP - 1:
                yield Step(count + 1, total, "writing spectra")
        file.write(after.encode())


_WRITERS: Mapping[str, Callable[[Spectrum], str]] = {
    ".mgf": mgf_text,
    ".msp": msp_text,
    ".json": json_record,
}
