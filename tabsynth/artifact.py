"""The model file: what a fitted model needs to sample again, and nothing that runs.

A zip of two members, stored as they are: `model.json` (schema, encoder, generator's settings and facts) and
`tensors.safetensors` (its arrays). No rows, row numbers, seeds, paths or user names; the same model gives the
same bytes. It holds statistics of persons all the same: keep it with the source.
"""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import dataclass, field
from functools import cached_property
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from privacy import BundleError, ConfigError, Schema, SourceError, UserError, disk_errors, whole_file
from tabsynth.dtypes import sound_dtypes
from tabsynth.encode import Encoder
from tabsynth.generators import Generator, State, generator_class, make_generator
from tabsynth.lineage.ancestry import Ancestor, Lineage
from tabsynth.rules import Rule, rules_from_json, rules_to_json
from tabsynth.select import Selection

FORMAT = "tabsynth-model"
FORMAT_VERSION = 1
LARGEST_JSON = 2**28
_JSON, _TENSORS = "model.json", "tensors.safetensors"
_NO_DATE = (1980, 1, 1, 0, 0, 0)
_OF_SELECTION = "selection."
_OF_THE_MACHINE = {"device", "checkpoint", "checkpoint_every", "resume"}
_UNFIT = "the model file is damaged, or written by another version"
_AGAIN = "fit the model again, or fetch the file again"


@dataclass(frozen=True, eq=False)
class Model:
    """A fitted generator with the encoder that gives its codes a meaning.

    selection: how rows are chosen from candidates, if they are. choice: how the generator was, as JSON; empty when
    it was named. rules: that every row meets, with what they learnt of train. learnt_from: the table's lineage
    where it was not of real rows alone. dtypes: of the columns of the data frame that it learnt, as pandas writes
    them.
    """

    schema: Schema
    encoder: Encoder
    generator: Generator
    selection: Selection | None = None
    choice: dict[str, Any] = field(default_factory=dict)
    rules: tuple[Rule, ...] = ()
    learnt_from: Lineage | None = None
    dtypes: dict[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The generator's name."""
        return self.generator.name

    @property
    def generation(self) -> int:
        """Of the rows it draws: 1 where it learnt real rows alone, else one more than those had at most."""
        return 1 if self.learnt_from is None else self.learnt_from.root.generation + 1

    @cached_property
    def settings(self) -> dict[str, Any]:
        """The generator's settings as JSON, without those that belong to a machine: paths, device, checkpoints."""
        config = self.generator.config
        local = {name for name in type(config).model_fields if isinstance(getattr(config, name), Path)}
        settings: dict[str, Any] = config.model_dump(mode="json", exclude=local | _OF_THE_MACHINE)
        return settings

    @cached_property
    def facts(self) -> dict[str, Any]:
        """What the generator tells of its training, as JSON; empty for one that keeps nothing."""
        try:
            return self.generator.state().facts
        except ConfigError:
            return {}

    def save(self, path: Path | str) -> None:
        """Write the model file whole or not at all. SourceError when it cannot be written.

        ConfigError when the generator is one that only a pickle could hold, or a rule is a function.
        """
        path = Path(path)
        content = self.to_bytes()
        with disk_errors(path), whole_file(path) as unfinished:
            unfinished.touch(mode=0o600)
            unfinished.write_bytes(content)

    def to_bytes(self) -> bytes:
        """The content of the model file."""
        from safetensors.numpy import save

        state = self.generator.state()
        described = {
            "format": FORMAT,
            "format_version": FORMAT_VERSION,
            "versions": _versions(),
            "generation": self.generation,
            "schema": self.schema.model_dump(mode="json", exclude_none=True),
            "encoder": self.encoder.to_json(),
            "generator": {"name": self.name, "settings": self.settings, "facts": state.facts},
        }
        if self.choice:
            described["choice"] = self.choice
        if self.rules:
            described["rules"] = rules_to_json(self.rules)
        if self.dtypes:
            described["dtypes"] = self.dtypes
        if self.learnt_from is not None:
            described["learnt_from"] = self.learnt_from.model_dump(mode="json")
        named = dict(state.tensors)
        if self.selection is not None:
            described["selection"] = self.selection.facts()
            named |= {_OF_SELECTION + name: tensor for name, tensor in self.selection.tensors().items()}
        text = json.dumps(described, ensure_ascii=False, sort_keys=True, allow_nan=False)
        tensors = {name: np.array(tensor, order="C") for name, tensor in sorted(named.items())}
        content = io.BytesIO()
        with zipfile.ZipFile(content, "w", zipfile.ZIP_STORED) as archive:
            for name, data in ((_JSON, text.encode()), (_TENSORS, save(tensors))):
                archive.writestr(zipfile.ZipInfo(name, _NO_DATE), data)
        return content.getvalue()

    @classmethod
    def load(cls, path: Path | str) -> Model:
        """The model of a file; opening it runs no code.

        SourceError when there is no model file, BundleError when it is damaged or from another version.
        """
        path = Path(path)
        try:
            described, tensors = _opened(path)
            return _restored(described, tensors)
        except OSError as error:
            raise SourceError(
                f"cannot be read: {error.strerror or type(error).__name__}", where=str(path)
            ) from None
        except UserError as error:
            raise type(error)(error.what, where=str(path), todo=error.todo) from None


def drawn_from(model: Model, source: Lineage, rows: int | None = None, release_id: str = "") -> Lineage:
    """The lineage of rows that the model draws. source: of the table it learnt."""
    table = Ancestor(
        kind="synthetic",
        generation=model.generation,
        rows=rows,
        generator=model.name,
        release_id=release_id,
    )
    return Lineage.made(table, [(source, None)])


def _opened(path: Path) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """The description and the arrays of a model file, before either is believed."""
    from safetensors import SafetensorError
    from safetensors.numpy import load

    try:
        with zipfile.ZipFile(path) as archive:
            members = {member.filename: member for member in archive.infolist()}
            if _JSON not in members:
                raise SourceError("this is no model file", todo="name a file that `tabsynth fit` wrote")
            if set(members) != {_JSON, _TENSORS} or len(archive.infolist()) != len(members):
                raise BundleError(_UNFIT, todo=_AGAIN)
            stored = all(member.compress_type == zipfile.ZIP_STORED for member in members.values())
            room = path.stat().st_size
            too_large = any(member.file_size > room for member in members.values())
            if not stored or too_large or members[_JSON].file_size > LARGEST_JSON:
                raise BundleError("the model file claims more than it holds", todo=_AGAIN)
            text, packed = archive.read(_JSON), archive.read(_TENSORS)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError):
        # The last two: a changed header asks for an unknown version, or for a password.
        raise SourceError("is damaged, or no model file", todo=_AGAIN) from None
    try:
        described = json.loads(text)
        tensors: dict[str, NDArray[Any]] = load(packed)
    except (ValueError, RecursionError, SafetensorError):
        raise BundleError("the model file is damaged", todo=_AGAIN) from None
    if not isinstance(described, dict) or described.get("format") != FORMAT:
        raise SourceError("this is no model file", todo="name a file that `tabsynth fit` wrote")
    if described.get("format_version") != FORMAT_VERSION:
        raise BundleError(
            f"the model file has another format than version {FORMAT_VERSION}, which this version reads",
            todo="install the version of tabsynth-privacy that wrote it, or fit the model again",
        )
    return described, tensors


def _restored(described: dict[str, Any], tensors: dict[str, NDArray[Any]]) -> Model:
    """The model, every part checked by its own reader."""
    try:
        made = described["generator"]
        schema = Schema.model_validate(described["schema"])
        encoder = Encoder.from_json(described["encoder"])
        generator = _unfitted(str(made["name"]), made["settings"])
        chosen = {n.removeprefix(_OF_SELECTION): t for n, t in tensors.items() if n.startswith(_OF_SELECTION)}
        own = {name: tensor for name, tensor in tensors.items() if not name.startswith(_OF_SELECTION)}
        generator.restore(encoder.domain, State(own, made["facts"]))
        selection = None
        if "selection" in described:
            selection = Selection.restored(encoder.domain, described["selection"], chosen)
        choice = dict(described.get("choice", {}))
        rules = rules_from_json(described.get("rules", ()))
        dtypes = sound_dtypes(described.get("dtypes", {}))
        told = described.get("learnt_from")
        learnt_from = None if told is None else Lineage.model_validate(told)
    except (AttributeError, KeyError, IndexError, TypeError, ValueError, RuntimeError):
        raise BundleError(_UNFIT, todo=_AGAIN) from None
    return Model(schema, encoder, generator, selection, choice, rules, learnt_from, dtypes)


def _unfitted(name: str, settings: dict[str, Any]) -> Generator:
    """The generator that is then given its arrays; BundleError for settings that this version does not know."""
    generator_class(name)
    try:
        return make_generator(name, settings)
    except ConfigError:
        raise BundleError(_UNFIT, todo=_AGAIN) from None


def _versions() -> dict[str, str]:
    """What wrote the file, as far as it matters for drawing the same rows again."""
    found = {}
    for package in ("tabsynth-privacy", "numpy", "torch"):
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found
