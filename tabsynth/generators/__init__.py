"""The generators: one file each, one Protocol, one registry.

A generator learns a coded table and draws new ones. It imports `tabsynth.domain` and `tabsynth.groups`, and
`tabsynth.train` if it trains; never another generator, nor source, select, release or cli. A new one is one file
and one line in `_BUILT_IN`, or an entry point in the group `tabsynth.generators`.

The house's first plan handed a generator the table and its schema. It gets the coded table instead: neither
a column name nor a level of the source reaches it, so no model file can hold one by way of a generator.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from importlib.metadata import entry_points
from typing import Any, ClassVar, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ValidationError

from privacy import ConfigError, OnEvent, first_fault
from tabsynth.domain import Domain, Encoded

_BUILT_IN = {
    "copula": "tabsynth.generators.copula:Copula",
    "autoregressive": "tabsynth.generators.autoregressive:Autoregressive",
    "ctgan": "tabsynth.generators.ctgan:CTGAN",
    "tree": "tabsynth.generators.tree:Tree",
    "sdv-gaussian-copula": "tabsynth.generators.sdv:SDVGaussianCopula",
    "sdv-ctgan": "tabsynth.generators.sdv:SDVCTGAN",
    "sdv-tvae": "tabsynth.generators.sdv:SDVTVAE",
    "ctgan-package": "tabsynth.generators.sdv:BareCTGAN",
}

Given = Mapping[int, NDArray[np.int32]]
"""Column number -> the codes allowed there."""


@dataclass(frozen=True, slots=True)
class State:
    """All a fitted generator is: named arrays, and facts that are plain JSON."""

    tensors: dict[str, NDArray[Any]] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)


@runtime_checkable
class Generator(Protocol):
    """What every generator is. Built from its Config; deterministic on CPU given the random generator.

    config: the settings it was built with, for the model file.
    """

    name: ClassVar[str]
    Config: ClassVar[type[BaseModel]]
    config: Any

    def __init__(self, config: Any) -> None: ...

    def fit(self, train: Encoded, development: Encoded, rng: np.random.Generator, on_event: OnEvent) -> None:
        """Learn `train`. `development` may stop or tune the training; it has the same domain, maybe no rows."""

    def sample(self, n: int, rng: np.random.Generator, given: Given | None = None) -> Encoded:
        """`n` new rows. With `given`, rows drawn as if conditioned on the allowed codes of each column.

        A generator that can only lean towards a condition may return rows that break it; the sampler keeps
        the rows that hold and asks again. One whose conditions are exact is also a `conditional.Conditional`.
        """

    def state(self) -> State:
        """What a model file needs to sample again."""

    def restore(self, domain: Domain, state: State) -> None:
        """Become the fitted generator that `state` was taken from."""


def generator_names() -> list[str]:
    """Names of the built-in generators and of the installed plug-ins."""
    return [*_BUILT_IN, *(point.name for point in entry_points(group="tabsynth.generators"))]


def generator_class(name: str) -> type[Generator]:
    """The class of that name; ConfigError when there is none."""
    if name in _BUILT_IN:
        module, _, attribute = _BUILT_IN[name].partition(":")
        found: type[Generator] = getattr(import_module(module), attribute)
        return found
    points = [point for point in entry_points(group="tabsynth.generators") if point.name == name]
    if not points:
        raise ConfigError(
            f"no generator is called {name!r}", todo=f"choose from {', '.join(generator_names())}"
        )
    loaded: type[Generator] = points[0].load()
    return loaded


def require_saveable(name: str) -> None:
    """ConfigError, before any training, when models of this generator cannot be written to a file."""
    if not getattr(generator_class(name), "saveable", True):
        raise unsaveable(name)


def unsaveable(name: str) -> ConfigError:
    """What to say of a generator whose fitted state is not arrays and JSON."""
    return ConfigError(
        f"a {name} model can only be saved as a pickle, which runs code when it is opened",
        todo="make the table in one go with `tabsynth release`, or choose another generator",
    )


def make_generator(name: str, settings: Mapping[str, Any] | None = None) -> Generator:
    """A generator with these settings; ConfigError names the setting that is wrong."""
    cls = generator_class(name)
    try:
        return cls(cls.Config.model_validate(dict(settings or {})))
    except ValidationError as error:
        place, reason = first_fault(error)
        raise ConfigError(reason, where=f"[{name}] {place}".strip()) from None
