"""``msgui models``: which models there are, what they say of themselves, and adding one."""

import argparse
import json
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgui.commands.console import Console
from msgui.errors import MsguiError
from msgui.progress import Step

if TYPE_CHECKING:
    from msgui.prediction.card import Card

EXAMPLE = """examples:
  msgui models list
  msgui models show auto
  msgui models verify path/to/model
  msgui models add path/to/model
"""


def add_parser(commands: Any) -> argparse.ArgumentParser:
    """Add the sub-command and return its parser."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "models",
        help="list, show, verify and add models",
        description="Models are folders with model.onnx and card.json.",
        epilog=EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--json", action="store_true", help="print JSON instead of text")
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
    verbs.add_parser("list", help="models that came with msgui, and your own")
    show = verbs.add_parser("show", help="the card of a model")
    show.add_argument("model", metavar="NAME|PATH", nargs="?", default="auto")
    check = verbs.add_parser("verify", help="check every file of a model and run it once")
    check.add_argument("model", metavar="NAME|PATH", nargs="?", default="auto")
    add = verbs.add_parser("add", help="verify a model and copy it to your own")
    add.add_argument("model", metavar="PATH")
    add.add_argument("--force", action="store_true", help="replace a model of the same name")
    for verb in verbs.choices.values():
        verb.add_argument("--json", action="store_true", default=argparse.SUPPRESS)
    return parser


def run(options: argparse.Namespace) -> int:
    """Do what was asked and return the exit code."""
    verbs = {"list": _list, "show": _show, "verify": _verify, "add": _add}
    verbs[options.verb](options)
    return 0


def _list(options: argparse.Namespace) -> None:
    from msgui.prediction.models import list_models

    known = list_models()
    if options.json:
        for model in known:
            record = {
                "name": model.name,
                "version": model.card.version if model.card else None,
                "title": model.card.title if model.card else None,
                "source": model.source,
                "recommended": model.recommended,
                "folder": str(model.folder),
                "problem": model.problem.message() if model.problem else None,
            }
            print(json.dumps(record, ensure_ascii=False))
        return
    if not known:
        print("No model is installed. Add one with: msgui models add FOLDER")
    for model in known:
        mark = "*" if model.recommended else " "
        if model.card is None:
            print(f"{mark} {model.name}  ({model.source})  {model.problem}")
        else:
            card = model.card
            print(f"{mark} {model.name}  {card.version}  ({model.source})  {card.title}")
    _list_forward()
    if any(model.recommended for model in known):
        print("* is used when no model is named")


def _list_forward() -> None:
    from msgui.prediction.forward import ForwardModel
    from msgui.prediction.forward_models import list_forward_models

    for place, folder in enumerate(list_forward_models()):
        mark = "*" if place == 0 else " "
        try:
            model = ForwardModel.open(folder)
            print(f"{mark} {model.name}  {model.version}  expected intensities of candidates")
        except MsguiError as error:
            print(f"{mark} {folder.name}  {error.problem()}")


def _show(options: argparse.Namespace) -> None:
    from msgui.prediction.card import Card
    from msgui.prediction.forward_models import find_forward_model
    from msgui.prediction.models import find_model

    forward = find_forward_model(options.model)
    if forward is not None:
        _show_forward(forward, as_json=options.json)
        return
    card = Card.load(find_model(options.model))
    if options.json:
        print(json.dumps(card.as_dict(), ensure_ascii=False, indent=1))
    else:
        print("\n".join(card_lines(card)))


def _show_forward(folder: Path, as_json: bool) -> None:
    from msgui.prediction.forward import ForwardModel

    card = ForwardModel.open(folder).card
    if as_json:
        print(json.dumps(card, ensure_ascii=False, indent=1))
        return
    print(f"folder: {folder}")
    for key, value in card.items():
        print(f"{key}: {_brief(value)}")


def card_lines(card: "Card") -> Iterable[str]:
    """Yield a card as text for a terminal."""
    yield f"{card.name} {card.version}"
    for text in (card.title, card.description):
        if text:
            yield text
    yield f"folder       {card.folder}"
    yield f"licence      {card.licence or 'not stated'}"
    yield f"predicts     Morgan fingerprint, radius {card.radius}, {card.bits} bits"
    yield f"threshold    {card.threshold:g}"
    yield f"inputs       {', '.join(card.inputs)}"
    yield f"adducts      {', '.join(card.adducts)}"
    yield f"instruments  {', '.join(card.instruments)}"
    for title, values in (("training", card.training), ("split", card.split)):
        for key, value in values.items():
            yield f"{title:<12} {key}: {_brief(value)}"
    for row in card.scores:
        yield "measured     " + ", ".join(f"{key} {_brief(value)}" for key, value in row.items())


def _brief(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, dict):
        return ", ".join(f"{key} {_brief(item)}" for key, item in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(map(_brief, value))
    return str(value)


def _verify(options: argparse.Namespace) -> None:
    from msgui.prediction.forward_models import find_forward_model, verify_forward_model
    from msgui.prediction.models import find_model, verify

    forward = find_forward_model(options.model)
    if forward is not None:
        _report(verify_forward_model(forward), options)
    else:
        _report(verify(find_model(options.model)), options)


def _add(options: argparse.Namespace) -> None:
    from msgui.prediction.models import add

    _report(add(options.model, replace=options.force), options)


def _report(events: Iterable[object], options: argparse.Namespace) -> None:
    from msgui.prediction.models import Finding

    console = Console(as_json=options.json)
    for event in events:
        if isinstance(event, Step):
            console.step(event)
        elif isinstance(event, Finding):
            if options.json:
                print(json.dumps({"what": event.what, "found": event.found}, ensure_ascii=False))
            else:
                console.say(f"{event.what}: {event.found}")
        elif isinstance(event, Path):
            console.say(f"The model is now in {event}.")
