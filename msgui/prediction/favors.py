"""Why an ion is expected to be high or low: the network asked again without a part of the piece."""

import numpy as np
import numpy.typing as npt

from msgui.chemistry.adducts import Adduct, parse_adduct
from msgui.chemistry.formula import Formula
from msgui.fragments.ions import ion_forms
from msgui.prediction.expected_ions import FIRST_SHIFT
from msgui.prediction.forward import ExpectedSpectrum, ForwardModel
from msgui.prediction.forward_network import PARTS, Conditions, condition_inputs
from msgui.prediction.piece_features import pieces_of, tables_of

FloatArray = npt.NDArray[np.float64]


def favors(
    model: ForwardModel,
    smiles: str,
    adduct: Adduct | str,
    conditions: Conditions,
    expected: ExpectedSpectrum,
    ions: npt.NDArray[np.int64],
) -> FloatArray:
    """Return what makes ions high or low, shape (n, len(PARTS)).

    The natural logarithm of the factor by which the abundance of the ion's likeliest piece
    would fall if one part of it were that of the average piece of the molecule, all else
    being equal: above 0 the part favors the ion, below 0 it holds it back. The network is
    evaluated without the part; nothing is approximated.

    Parameters
    ----------
    expected : ExpectedSpectrum
        From its :meth:`ForwardModel.expected`, of the same structure, adduct and conditions.
    ions : int64 array, shape (n,)
        Rows of ``expected``.
    """
    ion = parse_adduct(adduct) if isinstance(adduct, str) else adduct
    tables = tables_of(smiles)
    pieces = pieces_of(tables, model.max_bonds)
    described = model.network.described(tables, pieces)
    parts = model.network.parts(tables, pieces)
    piece, shift = expected.piece[ions], expected.shift[ions]
    forms = ion_forms(ion)
    mass = pieces.mass[piece] + shift * Formula.of(H=1).mass
    at = [
        (mass + form.partners * pieces.mass[0] + form.mass_beside_piece) / abs(form.charge)
        for form in forms
    ]
    form_of = np.argmin(np.abs(np.stack(at) - expected.mz[ions]), axis=0)
    result = np.zeros((ions.size, len(PARTS)))
    for number in np.unique(form_of).tolist():
        rows = np.flatnonzero(form_of == number)
        inputs = condition_inputs(conditions, forms[number], pieces.atoms.shape[1])
        here, column = piece[rows], shift[rows] - FIRST_SHIFT
        columns = np.arange(rows.size), column
        whole = np.log(model.network.abundance(described[here], inputs)[columns])
        for place, part in enumerate(parts):
            without = described[here] - part[here] + part.mean(axis=0)
            bare = np.log(model.network.abundance(without, inputs)[columns])
            result[rows, place] = whole - bare
    return result
