"""Adapters to SDV 2.0 and to the bare ctgan package, for comparison on the same coded table.

Both are under the Business Source License and optional: `pip install 'tabsynth-privacy[sdv]'`. They draw from
global random states, print and warn; each call here is fenced off, so that the same seed gives the same rows
and the caller's states and streams are as before.
"""

from __future__ import annotations

import io
import warnings
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from privacy import ConfigError, Event, InternalError, MissingExtraError, OnEvent, TrainingError
from tabsynth.domain import Domain, Encoded
from tabsynth.generators import Given, State, unsaveable
from tabsynth.generators.sdv.frame import PeerFrame, frame_of, table_of
from tabsynth.train import choose_device

Positive = Annotated[int, Field(ge=1)]
TABLE = "table"
MOST_ROUNDS = 20
LEAST_ROWS = 2


class CopulaConfig(BaseModel):
    """The one setting of SDV's Gaussian copula that matters here: the family of the margins."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    distribution: Literal["norm", "beta", "truncnorm", "gamma", "uniform", "gaussian_kde"] = "beta"


class NetworkConfig(BaseModel):
    """The settings shared by SDV's and ctgan's networks; the rest stay at the packages' own defaults."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    epochs: Positive = 300
    batch_size: Annotated[int, Field(ge=10, multiple_of=10)] = 500
    device: Literal["auto", "cpu", "cuda"] = "auto"


class _Peer(ABC):
    """What the adapters share: the frame, the fence, and conditions by rejection."""

    name: ClassVar[str]
    Config: ClassVar[type[BaseModel]]
    saveable: ClassVar[bool] = False

    def __init__(self, config: Any) -> None:
        self.config = config
        self._model: Any = None
        self._peer: PeerFrame | None = None

    def fit(self, train: Encoded, development: Encoded, rng: np.random.Generator, on_event: OnEvent) -> None:
        """Learn `train`; `development` is not used, for the peers cannot. Raises TrainingError on one row."""
        if len(train) < LEAST_ROWS or not len(train.domain):
            raise TrainingError(f"{self.name} needs at least {LEAST_ROWS} rows and one column")
        peer, frame = frame_of(train, rng)
        on_event(Event("training", note=f"{self.name} on {self._device()[1]}; it reports no progress"))
        with fenced(int(rng.integers(2**31))):
            self._model = self._learnt(frame, list(peer.codes.values()))
        self._peer = peer

    def sample(self, n: int, rng: np.random.Generator, given: Given | None = None) -> Encoded:
        """`n` rows; with `given`, the rows that hold out of at most 20 `n`, then others that do not."""
        if self._peer is None:
            raise InternalError(f"{self.name}: fit before sampling")
        kept: list[Encoded] = []
        missing = n
        for _ in range(MOST_ROUNDS):
            seed = int(rng.integers(2**31))
            with fenced(seed):
                drawn = table_of(self._peer, self._drawn(max(n, 1), seed))
            holding = _holds(drawn, given or {})
            kept.append(drawn.take(np.flatnonzero(holding)[:missing]))
            missing -= len(kept[-1])
            if not missing:
                break
        else:
            kept.append(drawn.take(np.flatnonzero(~holding)[:missing]))
        return _stacked(kept)

    def state(self) -> State:
        """Raises ConfigError: there is no such state."""
        raise self._unsaveable()

    def restore(self, domain: Domain, state: State) -> None:
        """Raises ConfigError: no file holds such a model."""
        raise self._unsaveable()

    def _unsaveable(self) -> ConfigError:
        return unsaveable(self.name)

    def _device(self) -> tuple[bool, str]:
        """Whether to use a GPU, and the device in words."""
        if not isinstance(self.config, NetworkConfig):
            return False, "cpu, it knows no other"
        device, why = choose_device(self.config.device)
        return device.type == "cuda", why

    @abstractmethod
    def _learnt(self, frame: pd.DataFrame, discrete: list[str]) -> Any:
        """The fitted peer."""

    @abstractmethod
    def _drawn(self, n: int, seed: int) -> pd.DataFrame:
        """`n` rows of the fitted peer."""


class _SDVPeer(_Peer):
    """SDV's single-table synthesizers: metadata told, not detected."""

    def _learnt(self, frame: pd.DataFrame, discrete: list[str]) -> Any:
        try:
            from sdv.metadata import Metadata
        except ImportError:
            raise MissingExtraError("sdv", "sdv") from None
        kinds = {name: {"sdtype": "categorical" if name in discrete else "numerical"} for name in frame}
        metadata = Metadata.load_from_dict({"tables": {TABLE: {"columns": kinds}}})
        model = self._new(metadata)
        model.fit({TABLE: frame})
        return model

    def _drawn(self, n: int, seed: int) -> pd.DataFrame:
        # SDV samples from a seed of its own that no public call sets: every fit would give the same rows.
        self._model.reset_sampling()
        self._model._set_random_state(seed)
        found: pd.DataFrame = self._model.sample(n)[TABLE]
        return found

    # Minimum and maximum are not enforced: the peer would clip to the exact extremes of the training rows.
    _plain: ClassVar[dict[str, bool]] = {"enforce_min_max_values": False, "enforce_rounding": False}

    @abstractmethod
    def _new(self, metadata: Any) -> Any:
        """An unfitted synthesizer."""


class SDVGaussianCopula(_SDVPeer):
    """SDV's GaussianCopulaSynthesizer."""

    name: ClassVar[str] = "sdv-gaussian-copula"
    Config: ClassVar[type[BaseModel]] = CopulaConfig

    def _new(self, metadata: Any) -> Any:
        from sdv.single_table import GaussianCopulaSynthesizer

        return GaussianCopulaSynthesizer(
            metadata, default_distribution=self.config.distribution, **self._plain
        )


class SDVCTGAN(_SDVPeer):
    """SDV's CTGANSynthesizer."""

    name: ClassVar[str] = "sdv-ctgan"
    Config: ClassVar[type[BaseModel]] = NetworkConfig

    def _new(self, metadata: Any) -> Any:
        from sdv.single_table import CTGANSynthesizer

        return CTGANSynthesizer(
            metadata,
            epochs=self.config.epochs,
            batch_size=self.config.batch_size,
            enable_gpu=self._device()[0],
            **self._plain,
        )


class SDVTVAE(_SDVPeer):
    """SDV's TVAESynthesizer."""

    name: ClassVar[str] = "sdv-tvae"
    Config: ClassVar[type[BaseModel]] = NetworkConfig

    def _new(self, metadata: Any) -> Any:
        from sdv.single_table import TVAESynthesizer

        return TVAESynthesizer(
            metadata,
            epochs=self.config.epochs,
            batch_size=self.config.batch_size,
            enable_gpu=self._device()[0],
            **self._plain,
        )


class BareCTGAN(_Peer):
    """The ctgan package without SDV around it."""

    name: ClassVar[str] = "ctgan-package"
    Config: ClassVar[type[BaseModel]] = NetworkConfig

    def _learnt(self, frame: pd.DataFrame, discrete: list[str]) -> Any:
        try:
            from ctgan import CTGAN
        except ImportError:
            raise MissingExtraError("ctgan", "sdv") from None
        model = CTGAN(
            epochs=self.config.epochs,
            batch_size=self.config.batch_size,
            enable_gpu=self._device()[0],
            verbose=False,
        )
        model.fit(frame, discrete)
        return model

    def _drawn(self, n: int, seed: int) -> pd.DataFrame:
        found: pd.DataFrame = self._model.sample(n)
        return found


@contextmanager
def fenced(seed: int) -> Iterator[None]:
    """Seed the global random states of numpy and torch for the peer inside, and put them back after.

    The peer's talk to the terminal and its warnings go nowhere: they advise on SDV's own files and classes.
    """
    import torch

    # The legacy calls are the very state the peers draw from.
    before = np.random.get_state()  # noqa: NPY002
    try:
        with torch.random.fork_rng(), warnings.catch_warnings(), redirect_stdout(io.StringIO()):
            warnings.simplefilter("ignore")
            np.random.seed(seed)  # noqa: NPY002
            torch.manual_seed(seed)
            yield
    finally:
        np.random.set_state(before)  # noqa: NPY002


def _holds(table: Encoded, given: Given) -> NDArray[np.bool_]:
    """(rows,) whether every column of `given` has an allowed code."""
    held = np.ones(len(table), dtype=np.bool_)
    for column, codes in given.items():
        held &= np.isin(table.codes[:, column], codes)
    return held


def _stacked(tables: list[Encoded]) -> Encoded:
    return Encoded(
        tables[0].domain,
        np.concatenate([table.codes for table in tables]),
        np.concatenate([table.residuals for table in tables]),
    )
