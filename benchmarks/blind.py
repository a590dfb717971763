"""Two pictures of a pair, to judge without knowing whose is which: sheets, keys and answers.

For blind_sheets.py and blind_networks.py. A sheet is FOLDER/NAME.png: content and style above,
below them the two results, called A and B in an order drawn for each sheet. Which is which is
only in FOLDER/key/key.json: look first.

Answers are a file of {"NAME": {"style": "A", "content": "equal", "overall": "B"}, ...}. The
questions: which looks more like the style, which keeps the content better, which is the better
picture.
"""

import json
import random
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from PIL import Image as PilImage
from PIL import ImageDraw, ImageFont

QUESTIONS = ("style", "content", "overall")
FURTHER = ("cells",)
"""May be answered, too, for every sheet: which shows less of a grid."""
CAPTIONS = ("content", "style", "A", "B")
LETTER, LINE, GAP = 28, 40, 16
"""Height of the letters, of a caption with its air, and the white between pictures, pixels."""

Key = dict[str, dict[str, Any]]
Two = tuple[str, str]


def order(name: str, two: Two, seed: int) -> Two:
    """Whose result is A and whose is B: a coin for each sheet, whichever sheets are made."""
    first_is_a = random.Random(f"{seed} {name}").random() < 0.5
    return two if first_is_a else two[::-1]


def sheet(pictures: Sequence[PilImage.Image]) -> PilImage.Image:
    """Content, style, A and B: two rows of two, each picture under its caption."""
    width = max(picture.width for picture in pictures)
    upper, lower = (max(p.height for p in pictures[i : i + 2]) for i in (0, 2))
    size = 2 * width + 3 * GAP, upper + lower + 2 * LINE + 3 * GAP
    whole = PilImage.new("RGB", size, "white")
    draw, font = ImageDraw.Draw(whole), ImageFont.load_default(size=LETTER)
    for number, (caption, picture) in enumerate(zip(CAPTIONS, pictures, strict=True)):
        row, column = divmod(number, 2)
        left, top = GAP + column * (width + GAP), GAP + row * (upper + LINE + GAP)
        draw.text((left, top), caption, "black", font=font)
        whole.paste(picture, (left, top + LINE))
    return whole


def key_path(folder: Path) -> Path:
    """Where the key is kept: apart from the sheets."""
    return folder / "key/key.json"


def note(folder: Path, name: str, entry: Mapping[str, object]) -> None:
    """Put one sheet into the key."""
    path = key_path(folder)
    key = json.loads(path.read_text()) if path.exists() else {}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(key | {name: entry}, indent=1) + "\n")


def verdicts(name: str, said: Mapping[str, str], key: Key) -> dict[str, str]:
    """Question -> one of the two, or equal, for one sheet.

    Raises:
        ValueError: No such sheet, another question, or another answer.
    """
    if name not in key:
        raise ValueError(f"{name!r} is not in the key; it has {', '.join(key)}")
    if not set(QUESTIONS) <= set(said) <= {*QUESTIONS, *FURTHER}:
        raise ValueError(f"{name} answers {', '.join(said)}; answer {', '.join(QUESTIONS)}")
    who = {"A": key[name]["A"], "B": key[name]["B"], "equal": "equal"}
    for question, answer in said.items():
        if answer not in who:
            raise ValueError(f"{name}, {question}: {answer!r}; answer A, B or equal")
    return {question: who[answer] for question, answer in said.items()}


def tally(answers: Path, folder: Path, two: Two) -> dict[str, object]:
    """Open the key, count, and print the counts.

    Returns:
        ``counts`` by question, the verdicts on every one of the ``pairs``, and which were
        ``not_judged``.
    """
    key = json.loads(key_path(folder).read_text())
    pairs = {
        name: verdicts(name, said, key)
        for name, said in json.loads(answers.read_text()).items()
    }
    whose = two[0], "equal", two[1]
    asked = [q for q in (*QUESTIONS, *FURTHER) if all(q in p for p in pairs.values())]
    counts = {
        question: {who: sum(p[question] == who for p in pairs.values()) for who in whose}
        for question in asked
    }
    for question, count in counts.items():
        print(f"{question:10}" + "".join(f"{who:>20}{count[who]:3}" for who in whose))
    not_judged = [name for name in key if name not in pairs]
    return {"counts": counts, "pairs": pairs, "not_judged": not_judged}


def write(path: Path, result: Mapping[str, object]) -> None:
    """Keep what was found."""
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(result, indent=1) + "\n")
