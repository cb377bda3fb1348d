"""
A torch net as a function of NumPy arrays, on the processor or on a GPU: what a Batcher calls.

On the processor: one thread, so that a sum is always taken in the same order. On a GPU: bfloat16,
channels last, and one CUDA graph per power of two of items, because launching the kernels of a
small net one by one takes longer than running them.
"""

from ctypes.util import find_library
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from numpy.typing import NDArray

from attunement.engine.errors import ModelUnavailable

if TYPE_CHECKING:
    import torch

WARM_UP = 3  # calls before a graph is captured, in which libraries choose their kernels

_INSTALL = "install it with: pip install torch"

Array = NDArray[Any]
F32 = NDArray[np.float32]


def has_gpu() -> bool:
    """Imports torch only where there is a driver."""
    driver = find_library("cuda") or find_library("nvcuda")
    return driver is not None and best() == "cuda"


def best() -> str:
    """The device to use: "cuda" where there is one, else "cpu". Imports torch."""
    return "cuda" if _torch().cuda.is_available() else "cpu"


def runner(net: "torch.nn.Module", device: str, size: int = 1) -> "OnProcessor | OnGpu":
    """
    `net` on `device`, for at most `size` items in one call. It takes items as they come, as their
    own type; of pictures (n, h, w, c) it sees (n, c, h, w). It returns one tensor (n, ...).
    """
    return OnProcessor(net) if device == "cpu" else OnGpu(net, device, size)


class OnProcessor:
    def __init__(self, net: "torch.nn.Module") -> None:
        """Calling it sets torch to one thread, for the whole process."""
        self._torch = _torch()
        self._net: torch.nn.Module = _laid_out(net, "cpu")

    def __call__(self, items: Array) -> F32:
        self._torch.set_num_threads(1)  # libraries below count them per thread that calls
        with self._torch.inference_mode():
            out = self._net(_channels_first(self._torch.from_numpy(items)))
        return cast(F32, out.float().numpy())


class OnGpu:
    def __init__(self, net: "torch.nn.Module", device: str, size: int) -> None:
        self._torch = _torch()
        self._device, self._size = device, size
        self._net: torch.nn.Module = _laid_out(net, device)
        self._graphs: dict[tuple[Any, ...], tuple[Any, torch.Tensor, torch.Tensor]] = {}

    def __call__(self, items: Array) -> F32:
        """The rows that fill a graph up hold what was there before, and go nowhere."""
        n = len(items)
        if n > self._size:
            raise ValueError(f"got {n} items, expected at most {self._size}")
        graph, into, out = self._graph(1 << (n - 1).bit_length(), items)
        into[:n].copy_(self._torch.from_numpy(items))
        graph.replay()
        return cast(F32, out[:n].float().cpu().numpy())

    def _graph(self, size: int, like: Array) -> "tuple[Any, torch.Tensor, torch.Tensor]":
        key = size, like.shape[1:], like.dtype.str
        if key not in self._graphs:
            first = self._torch.from_numpy(like[:1]).to(self._device)
            into = first.repeat(size, *(1 for _ in first.shape[1:]))
            self._graphs[key] = self._captured(into)
        return self._graphs[key]

    def _captured(self, into: "torch.Tensor") -> "tuple[Any, torch.Tensor, torch.Tensor]":
        cuda = self._torch.cuda
        aside = cuda.Stream()
        aside.wait_stream(cuda.current_stream())
        with cuda.stream(aside):
            for _ in range(WARM_UP):
                self._forward(into)
        cuda.current_stream().wait_stream(aside)
        graph = cuda.CUDAGraph()
        with cuda.graph(graph):
            out = self._forward(into)
        return graph, into, out

    def _forward(self, into: "torch.Tensor") -> "torch.Tensor":
        half = self._torch.bfloat16
        with self._torch.inference_mode(), self._torch.autocast("cuda", half, cache_enabled=False):
            return cast("torch.Tensor", self._net(_channels_first(into)))


def _laid_out(net: "torch.nn.Module", device: str) -> Any:
    moved: Any = net.eval().to(device)
    return moved.to(memory_format=_torch().channels_last)


def _channels_first(items: "torch.Tensor") -> "torch.Tensor":
    """Pictures as they come lie channels last in memory: only their axes are named otherwise."""
    return items.permute(0, 3, 1, 2) if items.ndim == 4 else items


def _torch() -> Any:
    try:
        import torch
    except (ImportError, OSError) as fault:
        problem = f"the package cannot be loaded ({type(fault).__name__})"
        raise ModelUnavailable("torch", problem, _INSTALL) from None
    return torch
