"""What a project holds, as values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from msgui.annotation import Annotation
    from msgui.spectra.spectrum import Spectrum

# Where a result was computed changes how fast it came, not what it is; a formula that was chosen
# belongs to one spectrum and is kept there.
NOT_COMPARED = frozenset(("provider", "given_formula"))


@dataclass(frozen=True)
class MadeWith:
    """What an annotation was made with.

    Parameters
    ----------
    msgui : str
        Version.
    model, structures, library : str
        Names; empty without one.
    model_sha256, structures_sha256, library_sha256 : str
        Checksums of their contents.
    parameters : mapping of str to plain values
        The settings of the method.
    """

    msgui: str = ""
    model: str = ""
    model_sha256: str = ""
    structures: str = ""
    structures_sha256: str = ""
    library: str = ""
    library_sha256: str = ""
    parameters: Mapping[str, Any] = field(default_factory=dict)

    def differences(self, other: "MadeWith") -> tuple[str, ...]:
        """Return in a few words each what is not the same; empty when results would be equal.

        A parameter that only one of them has was added by a newer version and is not compared.
        """
        words = [
            f"another {what}"
            for what in ("model", "structures", "library")
            if getattr(self, f"{what}_sha256") != getattr(other, f"{what}_sha256")
        ]
        words = [word.replace("another structures", "other structures") for word in words]
        for name, value in self.parameters.items():
            if name not in NOT_COMPARED and other.parameters.get(name, value) != value:
                words.append(f"{name.replace('_', ' ')} {value}")
        return tuple(words)


@dataclass(frozen=True, eq=False)
class Kept:
    """One spectrum of a project with all that belongs to it.

    Parameters
    ----------
    uid : int
        Unique in the project; spectra are listed in this order.
    spectrum : Spectrum
    annotation : Annotation or None
    made_with : MadeWith or None
        How the annotation was made.
    decisions : mapping of str to plain values
        What the user decided (calls, levels, note, reviewed, overrides ...), by name. Names that
        this version does not know are kept as they are.
    """

    uid: int
    spectrum: "Spectrum"
    annotation: "Annotation | None" = None
    made_with: MadeWith | None = None
    decisions: Mapping[str, Any] = field(default_factory=dict)
