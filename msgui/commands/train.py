"""``msgui train``: learn a model from measured spectra of known compounds."""

import argparse
import importlib.util
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from msgui.commands.console import Console
from msgui.errors import MsguiError, Problem
from msgui.progress import Step

if TYPE_CHECKING:
    from msgui.training.dataset import Dataset
    from msgui.training.parallel import Team
    from msgui.training.recipe import Recipe
    from msgui.training.splits import Split

EXAMPLE = """example:
  msgui train --data massbank_ms2.parquet --split scaffold --network mlp --out runs/first
  msgui train --data massbank_ms2.parquet --recipe massbank-mlp-1 --out runs/again
  msgui train --data massbank_ms2.parquet --recipe massbank-mlp-1 --out runs/again --resume
  msgui train --task forward --data massbank_ms2.parquet --recipe massbank-forward-2 \\
      --structures structures.parquet --out runs/f
  msgui train --task ranking --data massbank_ms2.parquet --structures structures.parquet \\
      --out runs/ranking
  msgui train --task trust --data massbank_ms2.parquet --model massbank-mlp-1 --out runs/trust
  msgui train --task influence --data massbank_ms2.parquet --model runs/m --out runs/m

On several GPUs (each process learns from its part of every batch):
  torchrun --nproc-per-node 4 -m msgui train --data massbank_ms2.parquet --recipe massbank-mlp-1 \\
      --out runs/four

The folder holds the split, the recipe, the log (log.jsonl), the checkpoint, and the finished model
in a folder of its own, which "msgui models add" takes. Interrupt with Ctrl-C at any time.
"""
KINDS = ("random", "molecule", "scaffold", "formula", "instrument", "learned")
NETWORKS = ("mlp", "transformer")
SPLIT_FILE = "split.json"
DATASET_FILE = "dataset.npz"
RECIPE_FILE = "recipe.json"
SIMULATED_FILE = "simulated.npz"
SIMULATION = "simulation"

Result = TypeVar("Result")


def add_parser(commands: Any) -> argparse.ArgumentParser:
    """Add the sub-command and return its parser."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "train",
        help="train a model on your own spectra",
        description="Train a model on measured spectra of known compounds and export it.",
        epilog=EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--data", nargs="+", required=True, metavar="FILE", help="Parquet or spectra with SMILES"
    )
    parser.add_argument(
        "--task",
        choices=("fingerprint", "forward", "ranking", "trust", "influence"),
        default="fingerprint",
        help="what is learned: fingerprints from spectra, intensities from structures, how much "
        "each piece of evidence counts in a ranking, how far the answers can be believed, or (for "
        "a model without it) what tells which training spectra made an answer",
    )
    parser.add_argument(
        "--split",
        metavar="SPLIT",
        help=f"{', '.join(KINDS)}, or a split file (recipe's by default)",
    )
    parser.add_argument("--network", choices=NETWORKS, help="recipe's by default")
    parser.add_argument("--out", required=True, metavar="DIR", help="folder of the run")
    parser.add_argument("--recipe", metavar="NAME|FILE", help="bundled recipe or TOML file")
    parser.add_argument("--name", help="name of the model")
    parser.add_argument("--passes", type=int, metavar="N", help="passes over all molecules")
    parser.add_argument(
        "--structures",
        metavar="STORE",
        help="structures to simulate spectra of, and from which ranks are measured at the end",
    )
    parser.add_argument(
        "--scores-from", metavar="CARD", help="card whose measured table is added to the new card"
    )
    parser.add_argument(
        "--model",
        default="auto",
        metavar="NAME|PATH",
        help="whose answers (ranking, trust, influence)",
    )
    parser.add_argument(
        "--forward", default="auto", metavar="NAME|PATH|none", help="forward model (ranking, trust)"
    )
    parser.add_argument(
        "--compounds", type=int, default=0, metavar="N", help="most compounds a side (trust)"
    )
    parser.add_argument("--resume", action="store_true", help="go on after the last whole pass")
    parser.add_argument("--json", action="store_true", help="progress as JSON lines")
    return parser


def run(options: argparse.Namespace) -> int:
    """Train, export, and return the exit code."""
    if options.task == "ranking":
        from msgui.commands.train_ranking import run as run_ranking

        return run_ranking(options)
    if options.task == "trust":
        from msgui.commands.train_trust import run as run_trust

        return run_trust(options)
    if importlib.util.find_spec("torch") is None:
        raise MsguiError(
            "Training needs torch, which is not installed.",
            "Install it with: pip install 'msgui[train]'",
        )
    if options.task == "influence":
        from msgui.commands.train_influence import run as run_influence

        return run_influence(options)
    if options.task == "forward":
        from msgui.commands.train_forward import run as run_forward

        return run_forward(options)
    from msgui.training.parallel import joined

    with joined() as team:
        if team.is_first:
            _prepare_folder(Path(options.out), resume=options.resume)
        team.wait()
        return _run_fingerprint(options, team)


def _run_fingerprint(options: argparse.Namespace, team: "Team") -> int:
    from msgui.prediction.card import Card
    from msgui.training.model_folder import write_model_folder
    from msgui.training.train import TrainedNetwork, train

    console, out = Console(as_json=options.json, is_quiet=not team.is_first), Path(options.out)
    recipe = _recipe(options)
    extra = tuple(Card.load(Path(options.scores_from).parent).scores) if options.scores_from else ()
    resume, start = options.resume, None
    if team.is_first:
        dataset = _dataset(options, recipe, out, console)
        split = _split(dataset, recipe, out, resume=resume)
        text = json.dumps(recipe.as_dict(), indent=1, ensure_ascii=False)
        (out / RECIPE_FILE).write_text(text + "\n", encoding="utf-8")
    team.wait()
    if not team.is_first:
        # What the first process has made is what all learn from.
        options = argparse.Namespace(**{**vars(options), "resume": True})
        dataset = _dataset(options, recipe, out, console)
        split = _split(dataset, recipe, out, resume=True)
    start = _simulated_first(options, dataset, split, recipe, out, console, resume, team)
    trained = _last(
        train(dataset, split, recipe, out, resume=resume, start=start), TrainedNetwork, console
    )
    if not team.is_first:
        return 0
    folder = out / recipe.name
    writing = write_model_folder(
        trained, dataset, split, recipe, folder, structures=options.structures, more_scores=extra
    )
    card = _last(writing, Card, console)
    for row in card.scores:
        console.say(f"{row['data']}: {row['method']}: Jaccard {row['jaccard']:.3f}")
    console.say(f"The model stands in {folder}. Use it with: msgui models add {folder}")
    return 0


def _recipe(options: argparse.Namespace) -> "Recipe":
    from msgui.training.recipe import RECIPES, Recipe

    recipe = Recipe()
    if options.recipe:
        bundled = RECIPES / f"{options.recipe}.toml"
        recipe = Recipe.load(bundled if bundled.is_file() else options.recipe)
    if options.split:
        recipe = replace(recipe, data=replace(recipe.data, split=options.split))
    if options.network:
        recipe = replace(recipe, network=options.network)
    if options.name:
        recipe = replace(recipe, name=options.name)
    if options.passes:
        recipe = replace(recipe, training=replace(recipe.training, passes=options.passes))
    return recipe


def _prepare_folder(out: Path, *, resume: bool) -> None:
    if out.exists() and any(out.iterdir()) and not resume:
        raise MsguiError(
            "The folder is not empty.", "Choose another --out, or go on with --resume.", str(out)
        )
    out.mkdir(parents=True, exist_ok=True)


def _dataset(
    options: argparse.Namespace, recipe: "Recipe", out: Path, console: Console
) -> "Dataset":
    from msgui.training.dataset import Dataset, build_dataset

    kept = out / DATASET_FILE
    if options.resume and kept.is_file():
        return Dataset.load(kept)
    steps = build_dataset(options.data, only_free=recipe.data.only_free_licences)
    dataset = _last(steps, Dataset, console)
    dataset.save(kept)
    facts = dataset.source
    dropped = ", ".join(f"{count} {reason}" for reason, count in facts["dropped"].items())
    console.say(f"{facts['kept']} of {facts['found']} spectra are used; left out: {dropped}.")
    return dataset


def _split(dataset: "Dataset", recipe: "Recipe", out: Path, *, resume: bool) -> "Split":
    from msgui.training.splits import Split, make_split

    kept, wanted = out / SPLIT_FILE, recipe.data
    if resume and kept.is_file():
        return Split.load(kept)
    if wanted.split not in KINDS:
        split = Split.load(wanted.split)
    else:
        split = make_split(
            dataset,
            wanted.split,  # type: ignore[arg-type]  # checked one line above
            validation=wanted.validation,
            test=wanted.test,
            seed=wanted.split_seed,
        )
    split.save(kept)
    return split


def _simulated_first(
    options: argparse.Namespace,
    dataset: "Dataset",
    split: "Split",
    recipe: "Recipe",
    out: Path,
    console: Console,
    resume: bool,
    team: "Team",
) -> Path | None:
    """Learn from simulated spectra if the recipe says so; return the weights to go on from."""
    from msgui.training.train import BEST, TrainedNetwork, train

    if not recipe.simulation.structures:
        return None
    if not team.is_first:
        team.wait()  # for what the first process simulates
    data, sides = _simulated(options, dataset, split, recipe, out, console)
    if team.is_first:
        team.wait()
    steps = train(data, sides, recipe.for_simulated(), out / SIMULATION, resume=resume)
    _last(steps, TrainedNetwork, console)
    return out / SIMULATION / BEST


def _simulated(
    options: argparse.Namespace,
    dataset: "Dataset",
    split: "Split",
    recipe: "Recipe",
    out: Path,
    console: Console,
) -> tuple["Dataset", "Split"]:
    from msgui.structures.store import StructureStore
    from msgui.training.dataset import Dataset
    from msgui.training.pretraining import choose_structures, simulated_spectra, with_validation

    kept = out / SIMULATED_FILE
    if options.resume and kept.is_file():
        simulated = Dataset.load(kept)
    else:
        if not options.structures:
            raise MsguiError(
                "The recipe begins with simulated spectra of structures that were never measured.",
                "Name a structure store with --structures.",
            )
        store = StructureStore.open(options.structures)
        seed = recipe.training.seed
        chosen = choose_structures(store, dataset, split, recipe.simulation, seed)
        console.say(f"Simulating spectra of {len(chosen)} structures.")
        steps = simulated_spectra(dataset, split, chosen, recipe.simulation, seed)
        simulated = _last(steps, Dataset, console)
        simulated.save(kept)
    return with_validation(simulated, dataset, split)


def _last(steps: Iterator[Any], kind: type[Result], console: Console) -> Result:
    """Return the result of a job, showing its steps and reports on the way."""
    result: Result | None = None
    for item in steps:
        if isinstance(item, Step):
            console.step(item)
        elif isinstance(item, Problem):
            console.problem(item)
        elif isinstance(item, kind):
            result = item
        else:
            console.say(_sentence(item))
    if result is None:
        raise MsguiError("The job ended without a result.", "Run it again with --debug.")
    return result


def _sentence(report: Any) -> str:
    best = ", best so far" if report.best else ""
    return (
        f"pass {report.number} of {report.passes}: loss {report.bit_loss:.3f}, "
        f"validation Jaccard {report.validation_jaccard:.3f}{best}"
    )
