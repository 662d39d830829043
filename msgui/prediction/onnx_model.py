"""A model that runs on the user's machine: the only file that knows onnxruntime."""

import hashlib
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from msgui.errors import MsguiError
from msgui.prediction.bit_facts import BitFacts
from msgui.prediction.card import (
    BITS_FILE,
    MEMORY_FILE,
    MODEL_FILE,
    MOLECULES_FILE,
    SEEN_FORMULAS_FILE,
    Card,
)
from msgui.prediction.fitting import (
    EMBEDDING,
    PROBABILITY,
    check_fingerprint,
    check_fit,
    check_hash,
)
from msgui.prediction.inputs import prepare
from msgui.prediction.memory import Memory, SeenFormulas
from msgui.prediction.molecule_encoder import MoleculeEncoder
from msgui.prediction.onnx_file import read_onnx
from msgui.prediction.values import Prediction
from msgui.progress import Step
from msgui.spectra.spectrum import Spectrum

CPU_TITLE = "CPU"
# Short name, onnxruntime's name, what a person reads; in the order in which "auto" tries them.
PROVIDERS = (
    ("cuda", "CUDAExecutionProvider", "CUDA"),
    ("dml", "DmlExecutionProvider", "DirectML"),
    ("coreml", "CoreMLExecutionProvider", "CoreML"),
    ("cpu", "CPUExecutionProvider", CPU_TITLE),
)
AUTO = "auto"
ALIASES = {"directml": "dml", "gpu": "cuda"}
DEFAULT_BATCH = 32
# A model that has not answered by then never will; onnxruntime is told to stop.
TIME_LIMIT_S = 60.0
# Between two runs of one graph on one machine nothing but chance may differ; single precision on
# a GPU reorders sums by far less.
SAME_RESULT = 1e-5
FEW_OUTSIDE = 1e-6

Arrays = Mapping[str, npt.NDArray[np.generic]]


class Model:
    """An opened model: card, where it runs, what it remembers, and its predictions.

    Use :meth:`open`; the constructor checks nothing. Several threads may predict with one model.

    Attributes
    ----------
    card : Card
    provider : str
        Where it runs: "CPU", "CUDA", "DirectML" or "CoreML", as the runtime itself reports it.
    sha256 : str
        Of the ONNX file.
    notes : tuple of str
        What a person has to be told: a provider that was asked for and is not active, a model
        that gives another answer when asked twice, values outside 0 to 1.
    """

    def __init__(self, card: Card, session: Any, sha256: str, notes: tuple[str, ...] = ()) -> None:
        self.card = card
        self.sha256 = sha256
        self.notes = notes
        self._session = session
        self._outputs = [tensor.name for tensor in session.get_outputs()]

    @classmethod
    def open(cls, folder: str | Path, provider: str = AUTO, threads: int | None = None) -> Self:
        """Return the model of a folder, checked before anything of it is run.

        Parameters
        ----------
        folder : path
            Holds ``model.onnx`` and ``card.json``.
        provider : "auto", "cpu", "cuda", "dml" or "coreml"
            "auto" takes the fastest that works. One that is not active here is replaced by the
            CPU, and :attr:`notes` says so.
        threads : int or None
            CPU threads of one run; None leaves it to the runtime.

        Raises
        ------
        MsguiError
            The folder is no model; the file is not ONNX, is not the one of the card, or keeps
            data in another file; inputs or outputs do not fit; the runtime refuses it.
        """
        card = Card.load(folder)
        path = Path(folder) / MODEL_FILE
        data = _read(path)
        header = read_onnx(data, str(path))
        sha256 = hashlib.sha256(data).hexdigest()
        check_hash(sha256, card, path)
        check_fit(header.inputs, header.outputs, card, str(path))
        check_fingerprint(card)
        session, notes = _start(data, provider, threads, path, header.opsets)
        model = cls(card, session, sha256, notes)
        for note in model._check_repeatable():
            model._note(note)
        return model

    @property
    def provider(self) -> str:
        active = self._session.get_providers()[0]
        return next((title for _, name, title in PROVIDERS if name == active), str(active))

    @property
    def folder(self) -> Path:
        """Where it was opened from."""
        return self.card.folder or Path()

    @property
    def name(self) -> str:
        """Name and version, for tables."""
        return f"{self.card.name} {self.card.version}"

    @cached_property
    def memory(self) -> Memory | None:
        """The training spectra as the model remembers them, or None; read at first use."""
        path = self.folder / MEMORY_FILE
        return Memory.load(path, self.card.files.get(MEMORY_FILE)) if path.is_file() else None

    @cached_property
    def seen_formulas(self) -> SeenFormulas | None:
        """The fragment formulas of the training spectra, or None; read at first use."""
        path = self.folder / SEEN_FORMULAS_FILE
        if not path.is_file():
            return None
        return SeenFormulas.load(path, self.card.files.get(SEEN_FORMULAS_FILE))

    @cached_property
    def molecules(self) -> MoleculeEncoder | None:
        """What places molecules among the model's spectra, or None; read at first use."""
        path = self.folder / MOLECULES_FILE
        return (
            MoleculeEncoder.load(path, self.card.files.get(path.name)) if path.is_file() else None
        )

    @cached_property
    def bit_facts(self) -> BitFacts | None:
        """How well each bit is predicted, or None; read at first use."""
        path = self.folder / BITS_FILE
        return BitFacts.load(path, self.card.files.get(BITS_FILE)) if path.is_file() else None

    def embedding_scores(
        self, prediction: Prediction, smiles: Sequence[str]
    ) -> npt.NDArray[np.float64] | None:
        """Return how well each structure matches a predicted spectrum, -1 to 1, shape (n,).

        The cosine of the spectrum's embedding with that of the molecule, both trained on pairs
        that belong together among isomers. None when the model has no such encoder.
        """
        if self.molecules is None:
            return None
        return self.molecules.scores(prediction.embedding, smiles)

    def has_seen(self, ion_formula: str) -> bool | None:
        """Return whether a fragment formula (Hill order, no charge) occurs in training spectra.

        None when the model does not tell.
        """
        return None if self.seen_formulas is None else ion_formula in self.seen_formulas

    def predict(
        self, spectra: Sequence[Spectrum], formulas: Sequence[str], adducts: Sequence[str]
    ) -> list[Prediction]:
        """Return one prediction for each spectrum, in order.

        Parameters
        ----------
        spectra : sequence of Spectrum
        formulas : sequence of str
            Neutral formula of each; empty when it is not known.
        adducts : sequence of str
            Adduct of each; empty when it is not known.

        Raises
        ------
        MsguiError
            The model gave NaN, took longer than a minute, or failed.
        """
        predictions: list[Prediction] = []
        for item in self.predict_in_steps(spectra, formulas, adducts):
            if not isinstance(item, Step):
                predictions.extend(item)
        return predictions

    def predict_blind(
        self, spectra: Sequence[Spectrum], formulas: Sequence[str], adducts: Sequence[str]
    ) -> list[Prediction]:
        """Return what the model says when it is shown no peaks, only what the headers say.

        Parameters and errors are those of :meth:`predict`.
        """
        nothing = np.zeros(0)
        bare = [spectrum.with_(mz=nothing, intensity=nothing) for spectrum in spectra]
        return self.predict(bare, formulas, adducts)

    def predict_in_steps(
        self,
        spectra: Sequence[Spectrum],
        formulas: Sequence[str],
        adducts: Sequence[str],
        batch_size: int = DEFAULT_BATCH,
    ) -> Iterator[Step | list[Prediction]]:
        """Yield the predictions of one batch after the other, each followed by a Step."""
        for start in range(0, len(spectra), batch_size):
            part = slice(start, start + batch_size)
            arrays = prepare(spectra[part], formulas[part], self.card, adducts[part])
            yield self.predict_arrays(arrays)
            yield Step(min(start + batch_size, len(spectra)), len(spectra), "predicting")

    def predict_arrays(self, arrays: Arrays) -> list[Prediction]:
        """Return the predictions for prepared inputs (as from ``inputs.prepare``)."""
        probability, embedding = self.run(arrays)
        provider = self.provider
        return [
            Prediction(_frozen(bits), _frozen(place), self.card.threshold, provider)
            for bits, place in zip(probability, embedding, strict=True)
        ]

    def run(self, arrays: Arrays) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
        """Return probabilities (n, bits) and embeddings (n, size; size 0 without any)."""
        n = len(next(iter(arrays.values())))
        if n == 0:
            return (
                np.zeros((0, self.card.bits), np.float32),
                np.zeros((0, self.card.embedding_size), np.float32),
            )
        values = self._run(arrays)
        probability = np.asarray(values[PROBABILITY], np.float32)
        embedding = np.asarray(values.get(EMBEDDING, np.zeros((n, 0))), np.float32)
        if probability.shape != (n, self.card.bits) or len(embedding) != n:
            raise MsguiError(
                f"The model answered with {probability.shape} instead of {(n, self.card.bits)}.",
                "Export it with a dynamic batch dimension.",
                self._file,
            )
        if not (np.isfinite(probability).all() and np.isfinite(embedding).all()):
            raise MsguiError(
                "The model gave a value that is not a number, so nothing is ranked.",
                "Choose another model, or tell its maker.",
                self._file,
            )
        if probability.min() < -FEW_OUTSIDE or probability.max() > 1 + FEW_OUTSIDE:
            self._note("The model gave probabilities outside 0 to 1; they were cut to that range.")
        return np.clip(probability, 0.0, 1.0), embedding

    @property
    def _file(self) -> str:
        return str(self.folder / MODEL_FILE)

    def _note(self, text: str) -> None:
        if text not in self.notes:
            self.notes = (*self.notes, text)

    def _run(self, arrays: Arrays) -> dict[str, npt.NDArray[Any]]:
        try:
            return self._run_once(arrays)
        except MsguiError as error:
            if self.provider == CPU_TITLE or "was stopped" in error.cause:
                raise
            failed = self.provider
            data = _read(self.folder / MODEL_FILE)
            self._session, _ = _start(data, "cpu", None, self.folder / MODEL_FILE, ())
            self._note(f"{failed} failed ({error.cause}); the model runs on the CPU from here on.")
            return self._run_once(arrays)

    def _run_once(self, arrays: Arrays) -> dict[str, npt.NDArray[Any]]:
        import onnxruntime

        session, began = self._session, time.monotonic()
        options = onnxruntime.RunOptions()
        options.log_severity_level = 4
        try:
            with _time_limit(options):
                values = session.run(self._outputs, dict(arrays), options)
        except Exception as fault:  # onnxruntime's errors share no base but Exception
            if time.monotonic() - began >= TIME_LIMIT_S:
                cause = f"The model took longer than {TIME_LIMIT_S:.0f} s and was stopped."
            else:
                cause = f"The model failed: {_one_line(fault)}"
            raise MsguiError(cause, "Choose another model or provider.", self._file) from fault
        return dict(zip(self._outputs, values, strict=True))

    def _check_repeatable(self) -> tuple[str, ...]:
        """Ask the same question twice; return what is to be said about the answers."""
        arrays = trial_inputs(self.card)
        first, second = self.run(arrays), self.run(arrays)
        differs = max(
            (float(np.abs(a - b).max()) for a, b in zip(first, second, strict=True) if a.size),
            default=0.0,
        )
        if differs <= SAME_RESULT:
            return ()
        said = (
            f"The model gives another answer when asked twice (difference {differs:.2g}): "
            "its results cannot be repeated."
        )
        return (said,)


def load_runtime() -> None:
    """Import onnxruntime now, rather than at the first prediction."""
    import onnxruntime  # noqa: F401


def _read(path: Path) -> bytes:
    if not path.is_file():
        raise MsguiError(
            f"There is no {MODEL_FILE} in this folder.",
            "A model is a folder with model.onnx and card.json.",
            str(path.parent),
        )
    try:
        return path.read_bytes()
    except OSError as fault:
        raise MsguiError(
            f"The model cannot be read ({fault.strerror}).", "Check the file.", str(path)
        ) from fault


def _wanted(provider: str, available: Sequence[str]) -> tuple[list[str], tuple[str, ...]]:
    """Return the runtime's names to try, and what to say when the wish cannot be met."""
    known = {short: (name, title) for short, name, title in PROVIDERS}
    provider = ALIASES.get(provider.lower(), provider.lower())
    if provider == AUTO:
        return [name for _, name, _ in PROVIDERS if name in available], ()
    if provider not in known:
        raise MsguiError(
            f"There is no provider {provider!r}.", f"Choose {AUTO}, {', '.join(known)}."
        )
    name, title = known[provider]
    cpu = known["cpu"][0]
    if name in available:
        return ([name] if name == cpu else [name, cpu]), ()
    here = ", ".join(t for _, n, t in PROVIDERS if n in available)
    note = f"{title} is not available here (there is: {here}); the model runs on the CPU."
    if provider == "cuda":
        note += " It needs onnxruntime-gpu instead of onnxruntime."
    return [cpu], (note,)


def _start(
    data: bytes,
    provider: str,
    threads: int | None,
    path: Path,
    opsets: Sequence[tuple[str, int]],
) -> tuple[Any, tuple[str, ...]]:
    """Return a session of the runtime and what is to be said about where it runs."""
    import onnxruntime

    names, notes = _wanted(provider, onnxruntime.get_available_providers())
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    # Threads that spin while they wait are quicker only on a machine with nothing else to do.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    if threads is not None:
        options.intra_op_num_threads = max(1, threads)
        options.inter_op_num_threads = 1
    try:
        session = onnxruntime.InferenceSession(data, options, providers=names)
    except Exception as fault:  # onnxruntime's errors share no base but Exception
        found = ", ".join(f"{domain or 'ai.onnx'} {version}" for domain, version in opsets)
        raise MsguiError(
            f"onnxruntime {onnxruntime.__version__} cannot run this model (operator sets: "
            f"{found or 'none'}): {_one_line(fault)}",
            "Export it with standard operators of an older operator set.",
            str(path),
        ) from fault
    if session.get_providers()[0] != names[0]:
        # The runtime falls back without a word when a GPU library is missing.
        title = next(title for _, name, title in PROVIDERS if name == names[0])
        notes = (*notes, f"{title} could not be started; the model runs on the CPU.")
    return session, notes


def trial_inputs(card: Card) -> dict[str, npt.NDArray[np.generic]]:
    """Return a made-up batch of two spectra (caffeine's strongest peaks, and one peak alone)."""
    caffeine = Spectrum(
        np.array([69.0447, 83.0604, 110.0713, 138.0662, 195.0877]),
        np.array([10.0, 8.0, 25.0, 100.0, 60.0]),
        precursor_mz=195.0877,
        instrument="Orbitrap",
    )
    single = Spectrum(np.array([138.0662]), np.ones(1), precursor_mz=195.0877)
    return prepare([caffeine, single], ["C8H10N4O2", ""], card, ["[M+H]+", ""])


@contextmanager
def _time_limit(options: Any) -> Iterator[None]:
    """Tell a run to stop when its time is over."""

    def stop() -> None:
        options.terminate = True

    timer = threading.Timer(TIME_LIMIT_S, stop)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _one_line(fault: Exception) -> str:
    words = " ".join(str(fault).split())
    return words if len(words) <= 300 else f"{words[:300]}..."


def _frozen(values: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    array = np.ascontiguousarray(values)
    array.setflags(write=False)
    return array
