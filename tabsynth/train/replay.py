"""A training step that a GPU has recorded: replayed whole, instead of launched piece by piece.

A step of small networks is some hundred kernels of a few microseconds, and launching each takes as long again.
A CUDA graph launches all of them at once (https://docs.pytorch.org/docs/stable/notes/cuda.html#cuda-graphs).
"""

from __future__ import annotations

from collections.abc import Callable

import torch

UNRECORDED = 3
"""Steps before the recording: by then libraries have their workspaces and optimisers their state."""

Step = Callable[[], None]


def replayed(step: Step, device: torch.device, source: torch.Generator) -> Step:
    """`step`, which on a CUDA device is recorded at its fourth call; elsewhere it is itself.

    The step has fixed shapes, reads no value back, works in place on tensors that stay where they are, and draws
    from `source` alone. Recorded or not, every call is one step, and draws what it would have drawn.
    """
    return Replayed(step, source) if device.type == "cuda" else step


class Replayed:
    """Calls a step on a stream of its own, then records it, and from then on replays it; a step that cannot be
    recorded, for it reads a value back, is called on."""

    def __init__(self, step: Step, source: torch.Generator) -> None:
        self._step, self._source = step, source
        self._stream = torch.cuda.Stream(source.device)  # type: ignore[no-untyped-call]
        self._graph: torch.cuda.CUDAGraph | None = None
        self._called = 0

    def __call__(self) -> None:
        """One step."""
        if self._called == UNRECORDED:
            self._graph = self._recorded()
        self._called += 1
        if self._graph is None:
            self._unrecorded()
        else:
            self._graph.replay()

    def _unrecorded(self) -> None:
        now = torch.cuda.current_stream(self._source.device)
        self._stream.wait_stream(now)
        with torch.cuda.stream(self._stream):
            self._step()
        now.wait_stream(self._stream)

    def _recorded(self) -> torch.cuda.CUDAGraph | None:
        """The graph of a step, or None; recording runs nothing."""
        graph, before = torch.cuda.CUDAGraph(), self._source.clone_state()
        graph.register_generator_state(self._source)
        try:
            with torch.cuda.graph(graph, stream=self._stream):
                self._step()
        except RuntimeError:
            # What broke off a recording would leave the source of chance waiting for its end.
            self._source.graphsafe_set_state(before)
            return None
        return graph
