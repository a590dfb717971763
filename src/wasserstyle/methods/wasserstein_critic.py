"""Image style transfer with a Wasserstein critic as the style loss.

A paper in Chinese (our copy names neither title, authors nor journal). One pass: style
attention between an encoder and a decoder, and in place of the distance of means and variances
a learned Wasserstein-1 distance between the features of the picture and those of the style, one
critic a layer, as in WGAN-GP (Gulrajani et al., NeurIPS 2017, arXiv:1704.00028).

Notation: D_l the critic of layer l, f single feature vectors, c_s = (μ, σ) of the style's
features at that layer, W_l = mean D_l(f_s; c_s) - mean D_l(f_cs; c_s).

Where we differ (paper / default here):

* critic: of a feature vector, Dis[f_cs, f_s] left open / conditioned on c_s: one critic serves
  all styles, and what it estimates is the distance to this one (decision 0015).
* critic's steps, rate: - / five for each of the network's, 1e-3.
* vectors: all, of unspecified units / 256 a picture and layer (what an update of the critics
  costs on a processor), of unit mean length, where the gradient penalty holds.
* content loss: features as they are / normalised, as in SANet, whose network this is.
* identity losses: none / SANet's.
* anchor: none / a third of SANet's distance of means and deviations beside the critics, all of
  it at the beginning: they come in slowly.
* reach: one layer in its equations, SANet's two in its figures / two (`multi`).
* Adam: 1e-3, less 1e-4 after each iteration / 1e-4/(1 + 5e-5 t), as in SANet's program.
* last doubling in the decoder: neighbours / linear (decision 0014).
* deeper map, enlarged: - / linearly (decision 0025).
* crops, batch: 256 px of 512, 2 / 128 px, 2, for the bundled weights; steps: see their card.
* queries and keys: as many channels as the maps, 512 / 192, narrowed after the training
  (decision 0024).
* beginning: random / the encoder's inverse and nearest features (decision 0014); `multi` began
  with `sanet`'s weights, and is the mean of those and what it ended with (decision 0025).
* grain in the content: none / a fifth of the style's, in even places (decision 0026).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import ClassVar, Literal, final

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from wasserstyle import processes
from wasserstyle.method import setting
from wasserstyle.netmethod import NetMethod
from wasserstyle.nets.critic import Critic, gradient_penalty, wasserstein1_estimate
from wasserstyle.nets.statistics import mean_and_deviation
from wasserstyle.nets.teaching import (
    Attempt,
    Teaching,
    chosen,
    content_loss,
    identity_losses,
    statistics_loss,
)
from wasserstyle.nets.transfer import (
    DEEPEST,
    MIDDLE,
    ByAttention,
    ByTwoAttentions,
    StyleNetwork,
)
from wasserstyle.types import FeatureMap, Maps, Scalar

CHANNELS = {"relu1_1": 64, "relu2_1": 128, "relu3_1": 256, "relu4_1": 512, "relu5_1": 512}
TAPS = tuple(CHANNELS)
REACHES = {"single": ByAttention, "multi": ByTwoAttentions}
STYLE_WEIGHT = 10.0
"""The paper's; its content weight is one."""
PENALTY = 10.0
"""λ (Gulrajani et al., Sec. 4)."""
BETAS = (0.0, 0.9)
"""Of Adam for a critic (Gulrajani et al., Algorithm 1)."""
PIXELS_WEIGHT, DEEP_WEIGHT = 50.0, 1.0
"""Of the identity losses (SANet)."""
VECTORS = 256
"""Of each picture at each layer in a step, drawn anew."""

Clouds = Mapping[str, Tensor]
"""Vectors of some positions by layer, (batch, vectors, channels)."""


def normalised_content(attempt: Attempt) -> Scalar:
    """Of normalised maps at two layers, as in SANet."""
    return content_loss(attempt, (MIDDLE, DEEPEST))


def plain_content(attempt: Attempt) -> Scalar:
    """Of the maps as they are."""
    return F.mse_loss(attempt.made[MIDDLE], attempt.of_content[MIDDLE])


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """What the paper leaves open, and what we add."""

    conditional: bool = True
    """Whether a critic is told the style's means and deviations."""
    studies: int = 5
    """Steps of the critics for each of the network's."""
    rate: float = 1e-3
    """Step size of the critics."""
    content: Callable[[Attempt], Scalar] = normalised_content
    identity: float = 1.0
    """Weight of SANet's identity losses."""
    anchor: float = 1.0
    """Weight of the distance of means and deviations, a third of SANet's style loss: colours
    drift without it."""
    support: float = 2.0
    """More of it while the critics know little; it falls to nothing in the rise."""
    rise: int = 1000
    """Steps in which the critics' weight grows to its value: they must learn first."""

    @classmethod
    def paper(cls) -> "Recipe":
        """The paper's own terms only; its critic is not told the style."""
        return cls(
            conditional=False,
            rate=1e-4,
            content=plain_content,
            identity=0.0,
            anchor=0.0,
            support=0.0,
            rise=0,
        )


class Losses(Teaching):
    """L = L_c + 10 Σ_l W_l, and what keeps it steady."""

    taps: ClassVar[tuple[str, ...]] = TAPS

    def __init__(self, recipe: Recipe) -> None:
        super().__init__()
        self.recipe = recipe
        given = 2 if recipe.conditional else 0
        pairs = {tap: Critic(c, condition=given * c) for tap, c in CHANNELS.items()}
        self.critics = nn.ModuleDict(pairs)
        self.optimiser = torch.optim.Adam(self.critics.parameters(), recipe.rate, BETAS)

    @property
    def optimisers(self) -> Mapping[str, torch.optim.Optimizer]:
        """See :meth:`Teaching.optimisers`."""
        return {"critics": self.optimiser}

    def study(self, attempt: Attempt) -> Mapping[str, float]:
        """Steps of the critics on this batch; their estimates at the last."""
        logged: dict[str, float] = {}
        for turn in range(self.recipe.studies):
            stream = attempt.stream(f"study {turn}")
            real, made = some(attempt.of_style, stream), some(attempt.made, stream)
            losses: list[Tensor] = []
            for tap in TAPS:
                score = self.score_of(tap, attempt.of_style[tap])
                distance = wasserstein1_estimate(score, real[tap], made[tap].detach())
                penalty, slope = gradient_penalty(score, real[tap], made[tap], stream)
                losses.append(PENALTY * penalty - distance)
                logged |= {f"W1 {tap}": distance.item(), f"slope {tap}": slope.item()}
                logged[f"penalty {tap}"] = penalty.item()
            self.optimiser.zero_grad()
            torch.stack(losses).sum().backward()
            processes.average_gradients(self.critics.parameters())
            self.optimiser.step()
        return logged

    def losses(self, attempt: Attempt) -> Mapping[str, Scalar]:
        """See :meth:`Teaching.losses`; the critics' weights get no gradient."""
        recipe = self.recipe
        grown = min(1.0, attempt.number / recipe.rise) if recipe.rise else 1.0
        terms = {
            "content": recipe.content(attempt),
            "critic": STYLE_WEIGHT * grown * self.distance(attempt),
        }
        anchor = recipe.anchor + (1 - grown) * recipe.support
        if anchor:
            terms["anchor"] = anchor * statistics_loss(attempt, TAPS)
        if recipe.identity:
            pixels, deep = identity_losses(attempt, TAPS)
            terms["identity in pixels"] = recipe.identity * PIXELS_WEIGHT * pixels
            terms["identity in features"] = recipe.identity * DEEP_WEIGHT * deep
        return terms

    def distance(self, attempt: Attempt) -> Scalar:
        """Σ_l W_l as the critics know it now."""
        stream = attempt.stream("losses")
        real, made = some(attempt.of_style, stream), some(attempt.made, stream)
        self.critics.requires_grad_(requires_grad=False)
        distances = [
            wasserstein1_estimate(
                self.score_of(tap, attempt.of_style[tap]), real[tap], made[tap]
            )
            for tap in TAPS
        ]
        self.critics.requires_grad_(requires_grad=True)
        return torch.stack(distances).sum()

    def score_of(self, tap: str, style: FeatureMap) -> "Judgement":
        """The critic of a layer with what it knows of the style."""
        pair = [x.flatten(1) for x in mean_and_deviation(style)]
        known = torch.cat(pair, dim=1) / style.shape[1] ** 0.5
        return Judgement(self.critics[tap], known if self.recipe.conditional else None)


@dataclass(frozen=True)
class Judgement:
    """A critic with the style it judges by: scores of vectors."""

    critic: nn.Module
    condition: Tensor | None

    def __call__(self, vectors: Tensor) -> Tensor:
        """(batch, vectors)."""
        scores: Tensor = self.critic(vectors, self.condition)
        return scores


def some(maps: Maps, stream: torch.Generator) -> Clouds:
    """Vectors of mean length one at positions drawn at random, the same in all pictures."""
    clouds: dict[str, Tensor] = {}
    for tap in TAPS:
        flat = maps[tap].flatten(2).transpose(1, 2)
        pick = torch.randint(flat.shape[1], (VECTORS,), generator=stream)
        clouds[tap] = flat[:, pick.to(flat.device)] / flat.shape[2] ** 0.5
    return clouds


@final
@dataclass(frozen=True, kw_only=True)
class WassersteinCritic(NetMethod):
    """Style attention taught by critics that measure the Wasserstein distance, in one pass."""

    name: ClassVar[str] = "wasserstein_critic"
    citation: ClassVar[str] = "wassersteincritic"

    reach: Literal["single", "multi"] = setting(
        "multi",
        "attention at relu4_1 and relu5_1, or at relu4_1 alone, as fast as AdaIN",
        "ours; see where we differ",
    )

    def network(self) -> StyleNetwork:
        """See :meth:`NetMethod.network`."""
        return REACHES[self.reach]()

    @property
    def kept_as(self) -> str:
        """See :meth:`NetMethod.kept_as`."""
        return f"{self.name}_{self.reach}"

    def teaching(self, name: str) -> Teaching:
        """See :meth:`NetMethod.teaching`."""
        known = {"default": Recipe(), "paper": Recipe.paper()}
        return chosen(name, {key: partial(Losses, recipe) for key, recipe in known.items()})


METHOD = WassersteinCritic
