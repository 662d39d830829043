"""From the abundance of pieces to the ions of an expected spectrum, and to agreement with peaks."""

import numpy as np

from msgui.fragments.kernels import HYDROGEN, Float, Int, compiled
from msgui.prediction.piece_features import Single

# Ions nearer than this have one formula; different formulas are further apart (1.2e-5 would be
# less than 0.1 ppm of any fragment).
SAME_ION_DA = 1e-5
FIRST_SHIFT = -4
# A peak where nothing is expected counts as if this share of the spectrum were: structures are
# never complete, and a single unexpected peak must not decide.
LEAST_SHARE = 1e-3


@compiled
def ion_members(
    mass: Float,
    hydrogens: Int,
    capacity: Int,
    n_shifts: int,
    beside: float,
    charge: int,
    partners: int,
    room: int,
    ceiling: int,
    below_mz: float,
) -> tuple[Float, Int, Int]:
    """Return the ions that pieces can give in one form, and what each is made of.

    Parameters
    ----------
    mass, hydrogens, capacity : arrays, shape (n_pieces,)
    n_shifts : int
        Hydrogen shifts that are considered, from ``FIRST_SHIFT`` on.
    beside, charge, partners, room, ceiling
        As in :class:`msgui.fragments.ions.IonForm`; the size of the charge only.
    below_mz : float
        Ions at or above it (the precursor) are left out.

    Returns
    -------
    mz : float64 array, shape (n_ions,)
        Ascending. Pieces of one formula give one ion.
    place : int64 array, shape (n_members,)
        Piece x n_shifts + column of the shift, by ascending m/z.
    ion : int64 array, shape (n_members,)
        The ion that each belongs to.
    """
    n_pieces = mass.size
    place = np.empty(n_pieces * n_shifts, np.int64)
    mz = np.empty(n_pieces * n_shifts, np.float64)
    count = 0
    for piece in range(n_pieces):
        for column in range(n_shifts):
            moved = FIRST_SHIFT + column
            held = hydrogens[piece] + moved
            if held < 0 or held > capacity[piece] + room or held > hydrogens[0] + ceiling:
                continue
            value = (mass[piece] + moved * HYDROGEN + partners * mass[0] + beside) / charge
            if value < below_mz:
                mz[count] = value
                place[count] = piece * n_shifts + column
                count += 1
    order = np.argsort(mz[:count], kind="mergesort")
    ion = np.empty(count, np.int64)
    ion_mz = np.empty(count, np.float64)
    ions = 0
    for row in range(count):
        here = mz[order[row]]
        if row == 0 or here - mz[order[row - 1]] > SAME_ION_DA:
            ion_mz[ions] = here
            ions += 1
        ion[row] = ions - 1
    return ion_mz[:ions], place[order], ion


@compiled
def ion_sums(place: Int, ion: Int, n_ions: int, abundance: Single) -> tuple[Float, Int]:
    """Return the abundance of each ion and the most abundant of its members, shape (n_ions,).

    Parameters
    ----------
    place, ion : int64 arrays, shape (n_members,)
        From :func:`ion_members`.
    abundance : float32 array, shape (n_pieces, n_shifts)
    """
    n_shifts = abundance.shape[1]
    total = np.zeros(n_ions, np.float64)
    highest = np.full(n_ions, -1.0)
    best = np.zeros(n_ions, np.int64)
    for row in range(place.size):
        value = float(abundance[place[row] // n_shifts, place[row] % n_shifts])
        total[ion[row]] += value
        if value > highest[ion[row]]:
            highest[ion[row]] = value
            best[ion[row]] = place[row]
    return total, best


@compiled
def found_at(peaks: Float, tolerance: Float, mz: Float, abundance: Float) -> Float:
    """Return the expected abundance within tolerance of each peak, shape (n_peaks,).

    Parameters
    ----------
    peaks, tolerance : float64 arrays, shape (n_peaks,)
        Ascending m/z, and how far an ion may be from each.
    mz, abundance : float64 arrays, shape (n_ions,)
        Ascending m/z.
    """
    found = np.zeros(peaks.size, np.float64)
    for peak in range(peaks.size):
        ion = np.searchsorted(mz, peaks[peak] - tolerance[peak])
        while ion < mz.size and mz[ion] <= peaks[peak] + tolerance[peak]:
            found[peak] += abundance[ion]
            ion += 1
    return found
