"""Networks that turn a spectrum into a fingerprint and an embedding.

Both networks read the raw arrays of :mod:`msgui.prediction.inputs`; bins, weights and masks are
made inside, so the exported graph needs nothing around it.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.nn import functional

BIN_WIDTH_DA = 0.02
HIGHEST_MZ = 1200.0
# Losses start below zero: peaks up to 2 Da above the precursor are shown.
LOWEST_LOSS = -2.0
BINS = int((HIGHEST_MZ - LOWEST_LOSS) / BIN_WIDTH_DA) + 2
# Wavelengths in Da, halved from 1024 to about 0.03: the short ones see mass defects.
WAVELENGTHS = tuple(1024.0 / 2**step for step in range(16))
# A shared m/z bin must have been seen in this many molecules to get a vector of its own, and in
# one of so many where there are many.
LEAST_MOLECULES = 2
MOLECULES_A_BIN = 2500
ELEMENT_SCALE = (30.0, 40.0, 5.0, 10.0, 2.0, 2.0, 4.0, 4.0, 2.0, 2.0, 2.0, 2.0)
# Waves in numbers of atoms: a count between those of training still lies between their waves.
COUNT_PERIODS = (4.0, 16.0)
VALENCE = (4.0, 1.0, 3.0, 2.0, 3.0, 2.0, 1.0, 1.0, 1.0, 1.0, 4.0, 3.0)

IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True)
class NetworkSize:
    """Numbers that fix a network's shape.

    Parameters
    ----------
    width : int
        Length of a peak's vector.
    layers : int
        Layers of attention between peaks; 0 makes it an MLP over pooled peaks.
    heads : int
        Attention heads, and ways of pooling peaks.
    hidden : int
        Width of the layers after pooling.
    blocks : int
        Number of those layers.
    embedding : int
        Length of the embedding.
    dropout : float
    bits : int
    """

    width: int = 128
    layers: int = 0
    heads: int = 4
    hidden: int = 768
    blocks: int = 2
    embedding: int = 128
    dropout: float = 0.2
    bits: int = 4096


NETWORKS = {"mlp": NetworkSize(), "transformer": NetworkSize(layers=2)}


def bin_rows(positions: npt.NDArray[np.float32], molecules: IntArray, lowest: float) -> IntArray:
    """Return the embedding row of every bin, shape (BINS,): 0 for bins seen too rarely.

    Parameters
    ----------
    positions : float32 array, shape (n,)
        m/z or neutral loss of training peaks.
    molecules : int64 array, shape (n,)
        The molecule each peak belongs to: a bin counts once for each.
    lowest : float
        Where the first bin starts, in Da.
    """
    bins = np.floor((positions - lowest) / BIN_WIDTH_DA).astype(np.int64)
    inside = (bins >= 0) & (bins < BINS)
    pairs = np.unique(np.stack([bins[inside], molecules[inside]]), axis=1)
    counts = np.bincount(pairs[0], minlength=BINS)
    known = counts >= max(LEAST_MOLECULES, np.unique(molecules).size // MOLECULES_A_BIN)
    rows = np.zeros(BINS, np.int64)
    rows[known] = np.arange(1, int(known.sum()) + 1)
    return rows


class BinnedVectors(nn.Module):
    """Learned vectors of 0.02 Da bins, interpolated between the two nearest bin centres.

    Interpolation makes the result a continuous function of m/z: neither the rounding of float32
    (0.00006 Da at 1000) nor a calibration error of a few ppm can move a peak from one vector to
    another at once.
    """

    def __init__(self, rows: IntArray, lowest: float, width: int) -> None:
        super().__init__()
        self.lowest = lowest
        self.register_buffer("rows", torch.from_numpy(rows.astype(np.int64)))
        self.table = nn.Parameter(torch.randn(int(rows.max()) + 1, width) * 0.3)

    def lookup(self, row: Tensor) -> Tensor:
        """Return the vectors of rows; row 0 stands for all bins seen too rarely."""
        return functional.embedding(row, self.table)

    def forward(self, position: Tensor) -> Tensor:
        place = (position - self.lowest) / BIN_WIDTH_DA - 0.5
        place = place.clamp(0.0, float(BINS - 2))
        left = place.floor()
        share = (place - left).unsqueeze(-1)
        bin_number = left.long()
        rows: Tensor = self.rows
        first, second = self.lookup(rows[bin_number]), self.lookup(rows[bin_number + 1])
        return first + share * (second - first)


def fourier(position: Tensor) -> Tensor:
    """Return sines and cosines of a mass at every wavelength, shape (..., 32)."""
    waves = torch.tensor(WAVELENGTHS, dtype=position.dtype, device=position.device)
    turns = position.unsqueeze(-1) / waves
    # Whole turns are taken off first: float32 sines of large angles lose digits.
    angle = (turns - turns.floor()) * (2.0 * torch.pi)
    return torch.cat([angle.sin(), angle.cos()], dim=-1)


class Dropout(nn.Module):
    """Dropout whose mask all peaks of a spectrum share: drawing one for each peak is slow."""

    def __init__(self, share: float) -> None:
        super().__init__()
        self.share = share

    def forward(self, x: Tensor) -> Tensor:
        if not self.training or self.share <= 0:
            return x
        kept = torch.rand(x.shape[0], *([1] * (x.ndim - 2)), x.shape[-1], device=x.device)
        return x * (kept >= self.share).to(x.dtype) / (1.0 - self.share)


class Composition(nn.Module):
    """What the subformula of a peak says: its atoms, its share of the ion, and what was lost.

    Counts and not formulas are learned from, so a formula that training never saw still means
    something. Peaks without a subformula have a vector of their own.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.first = nn.Linear((6 + 2 * len(COUNT_PERIODS)) * len(ELEMENT_SCALE) + 3, width)
        self.second = nn.Linear(width, width)

    def forward(self, fragment: Tensor, formula: Tensor) -> Tensor:
        periods = torch.tensor(COUNT_PERIODS, device=formula.device)
        angle = (fragment.unsqueeze(-1) * (2.0 * torch.pi) / periods).flatten(-2)
        scale = torch.tensor(ELEMENT_SCALE, device=formula.device)
        valence = torch.tensor(VALENCE, device=formula.device)
        known = (fragment.sum(-1, keepdim=True) > 0).float()
        parent = formula.unsqueeze(1)
        lost = (parent - fragment).clamp(min=0.0) * known
        features = [
            fragment / scale,
            fragment.sqrt() / scale.sqrt(),
            fragment.clamp(max=1.0),
            fragment / parent.clamp(min=1.0),
            lost / scale,
            lost.clamp(max=1.0),
            angle.sin(),
            angle.cos(),
            0.05 * (fragment * (valence - 2.0)).sum(-1, keepdim=True),
            0.05 * (lost * (valence - 2.0)).sum(-1, keepdim=True),
            known,
        ]
        return self.second(functional.gelu(self.first(torch.cat(features, dim=-1))))


class Residual(nn.Module):
    """x + MLP(norm(x))."""

    def __init__(self, width: int, inner: int, dropout: float) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.rise = nn.Linear(width, inner)
        self.fall = nn.Linear(inner, width)
        self.dropout = Dropout(dropout)

    def forward(self, x: Tensor) -> Tensor:
        inner = functional.gelu(self.rise(self.norm(x)))
        return x + self.dropout(self.fall(self.dropout(inner)))


class PeakAttention(nn.Module):
    """x + attention between peaks; intensity is a learned bias and padding is never looked at."""

    def __init__(self, width: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.heads = heads
        self.norm = nn.LayerNorm(width)
        self.qkv = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)
        self.strength = nn.Parameter(torch.full((heads,), 0.2))
        self.dropout = Dropout(dropout)

    def forward(self, x: Tensor, log_intensity: Tensor, is_peak: Tensor) -> Tensor:
        batch, peaks, width = x.shape
        parts = self.qkv(self.norm(x)).reshape(batch, peaks, 3, self.heads, width // self.heads)
        query, key, value = parts.permute(2, 0, 3, 1, 4).unbind(0)
        bias = self.strength.view(1, -1, 1, 1) * log_intensity[:, None, None, :]
        bias = bias.masked_fill(~is_peak[:, None, None, :], -1e4)
        # Written out: the exporter cannot follow the fused attention at dynamic lengths.
        agreement = query @ key.transpose(-1, -2) * (width // self.heads) ** -0.5
        mixed = (agreement.float() + bias).softmax(-1).to(value.dtype) @ value
        joined = mixed.permute(0, 2, 1, 3).flatten(2)
        return x + self.dropout(self.out(joined))


class Conditions(nn.Module):
    """Formula, adduct, analyser, energy and precursor as one vector.

    A formula of zeros and an energy that is not known are conditions of their own: both were
    hidden at times in training.
    """

    def __init__(self, adducts: int, instruments: int, width: int) -> None:
        super().__init__()
        self.adduct = nn.Embedding(adducts, 24)
        self.instrument = nn.Embedding(instruments, 8)
        elements = len(ELEMENT_SCALE)
        inputs = 4 * elements + 2 + 24 + 8 + 6 + 2 * len(WAVELENGTHS) + 1
        self.first = nn.Linear(inputs, width)
        self.second = nn.Linear(width, width)

    def forward(
        self,
        precursor_mz: Tensor,
        formula: Tensor,
        adduct: Tensor,
        instrument: Tensor,
        energy: Tensor,
    ) -> Tensor:
        scale = torch.tensor(ELEMENT_SCALE, device=formula.device)
        valence = torch.tensor(VALENCE, device=formula.device)
        total = formula.sum(-1, keepdim=True).clamp(min=1.0)
        known = (formula.sum(-1, keepdim=True) > 0).float()
        rdbe = 0.5 * (formula * (valence - 2.0)).sum(-1, keepdim=True) + known
        ev, has_energy = energy[:, :1], energy[:, 1:]
        # The same energy breaks a large ion less: eV per 500 Da is the field's normalised energy.
        normalised = ev * 500.0 / precursor_mz.clamp(min=50.0).unsqueeze(-1)
        features = [
            formula / scale,
            formula.sqrt() / scale.sqrt(),
            formula.clamp(max=1.0),
            formula / total,
            rdbe / 15.0,
            known,
            # Indexing and not calling: the exporter would name a value "embedding" twice.
            self.adduct.weight[adduct],
            self.instrument.weight[instrument],
            ev,
            ev.clamp(min=1e-3).log() * has_energy,
            normalised.clamp(max=4.0),
            normalised.clamp(1e-3, 4.0).log() * has_energy,
            has_energy,
            precursor_mz.unsqueeze(-1) / 1000.0,
            fourier(precursor_mz),
            precursor_mz.clamp(min=1.0).log().unsqueeze(-1) / 7.0,
        ]
        return functional.gelu(self.second(functional.gelu(self.first(torch.cat(features, -1)))))


class MoleculeEncoder(nn.Module):
    """A fingerprint in, a place in the space of spectra out: the other half of a contrastive pair.

    The cosine of a spectrum's embedding with that of a molecule says how well they belong together
    (after "CLIP": Radford et al., 2021). Only molecules with spectra of their own stand beside each
    other in training, so that "was it ever measured" tells them from each other as little as it
    does the truth from its isomers.
    """

    def __init__(self, bits: int, hidden: int, embedding: int, dropout: float) -> None:
        super().__init__()
        self.first = nn.Linear(bits, hidden)
        self.dropout = Dropout(dropout)
        self.second = nn.Linear(hidden, embedding)
        # Inverse temperature of the cosine, as a logarithm.
        self.sharpness = nn.Parameter(torch.tensor(2.3))

    def forward(self, bits: Tensor) -> Tensor:
        """Return unit-length embeddings, shape (molecules, embedding)."""
        hidden = self.dropout(functional.relu(self.first(bits)))
        return functional.normalize(self.second(hidden).float(), dim=-1)


class SpectrumNetwork(nn.Module):
    """Peaks and conditions in, fingerprint logits and embedding out.

    Each peak's vector is the sum of the learned vectors of its m/z bin and of its neutral-loss
    bin, of its subformula, of Fourier features of both masses, and of its intensity; the conditions
    are added, an MLP or layers of attention work on it, and the peaks are pooled with weights
    sqrt(intensity) times a learned gate. Padding has intensity 0 and therefore weight 0.
    """

    def __init__(
        self, size: NetworkSize, rows: tuple[IntArray, IntArray], adducts: int, instruments: int
    ) -> None:
        super().__init__()
        self.size = size
        width = size.width
        self.mz_vectors = BinnedVectors(rows[0], 0.0, width)
        self.loss_vectors = BinnedVectors(rows[1], LOWEST_LOSS, width)
        self.conditions = Conditions(adducts, instruments, 2 * width)
        self.composition = Composition(width)
        self.peak_features = nn.Linear(4 * len(WAVELENGTHS) + 4, width)
        self.condition_to_peak = nn.Linear(2 * width, width)
        self.peak_norm = nn.LayerNorm(width)
        self.peak_dropout = Dropout(size.dropout)
        steps = max(1, size.layers)
        self.peak_blocks = nn.ModuleList(
            Residual(width, 3 * width, size.dropout / 2) for _ in range(steps)
        )
        self.attention = nn.ModuleList(
            PeakAttention(width, size.heads, size.dropout / 2) for _ in range(size.layers)
        )
        self.gate = nn.Linear(width, size.heads)
        self.pooled_norm = nn.LayerNorm(size.heads * width)
        self.join = nn.Linear(size.heads * width + 2 * width, size.hidden)
        self.blocks = nn.ModuleList(
            Residual(size.hidden, size.hidden, size.dropout) for _ in range(size.blocks)
        )
        self.last_norm = nn.LayerNorm(size.hidden)
        self.fingerprint = nn.Linear(size.hidden, size.bits)
        self.to_embedding = nn.Linear(size.hidden, size.embedding)
        self.molecules = MoleculeEncoder(size.bits, size.hidden // 2, size.embedding, size.dropout)

    def forward(
        self,
        mz: Tensor,
        intensity: Tensor,
        fragment: Tensor,
        precursor_mz: Tensor,
        formula: Tensor,
        adduct: Tensor,
        instrument: Tensor,
        energy: Tensor,
    ) -> tuple[Tensor, Tensor]:
        """Return logits (batch, bits) and unit-length embeddings (batch, embedding)."""
        conditions = self.conditions(precursor_mz, formula, adduct, instrument, energy)
        named = self.composition(fragment, formula)
        pooled = self._pooled(mz, intensity, precursor_mz, conditions, named)
        hidden = functional.gelu(self.join(torch.cat([pooled, conditions], dim=-1)))
        for block in self.blocks:
            hidden = block(hidden)
        hidden = self.last_norm(hidden)
        embedding = functional.normalize(self.to_embedding(hidden).float(), dim=-1)
        return self.fingerprint(hidden), embedding

    def _pooled(
        self,
        mz: Tensor,
        intensity: Tensor,
        precursor_mz: Tensor,
        conditions: Tensor,
        named: Tensor,
    ) -> Tensor:
        is_peak = intensity > 0
        root = intensity.clamp(min=0.0).sqrt()
        log_intensity = intensity.clamp(min=1e-4).log()
        loss = precursor_mz.unsqueeze(-1) - mz
        heights = torch.stack([intensity, root, log_intensity / 5.0, is_peak.float()], dim=-1)
        features = torch.cat([fourier(mz), fourier(loss), heights], dim=-1)
        x = self.mz_vectors(mz) + self.loss_vectors(loss)
        x = self.peak_dropout(x) + self.peak_features(features) + named
        x = self.peak_norm(x + self.condition_to_peak(conditions).unsqueeze(1))
        for step, block in enumerate(self.peak_blocks):
            if step < len(self.attention):
                x = self.attention[step](x, log_intensity, is_peak)
            x = block(x)
        weight = self.gate(x).float().sigmoid() * root.unsqueeze(-1)
        weight = weight / (weight.sum(1, keepdim=True) + 1e-6)
        pooled = torch.einsum("bph,bpw->bhw", weight, x.float()).flatten(1)
        return self.pooled_norm(pooled)


def make_network(
    name: str, rows: tuple[IntArray, IntArray], adducts: int, instruments: int, **changes: Any
) -> SpectrumNetwork:
    """Return a fresh network by name ("mlp", "transformer"); keyword arguments change its size.

    Raises
    ------
    MsguiError
        For an unknown name or an unknown part of its size.
    """
    from dataclasses import replace

    from msgui.errors import MsguiError

    if name not in NETWORKS:
        raise MsguiError(f"There is no network {name!r}.", f"Choose from {', '.join(NETWORKS)}.")
    try:
        size = replace(NETWORKS[name], **changes)
    except TypeError as fault:
        raise MsguiError(
            f"The recipe's network section is wrong ({fault}).",
            f"It may hold {', '.join(NetworkSize.__dataclass_fields__)}.",
        ) from fault
    return SpectrumNetwork(size, rows, adducts, instruments)
