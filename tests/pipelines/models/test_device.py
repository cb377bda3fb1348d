"""A torch net as a function of arrays; a GPU is tested where there is one."""

import subprocess
import sys
from collections.abc import Iterator

import numpy as np
import pytest
from numpy.typing import NDArray

from attunement.pipelines.models import device
from attunement.pipelines.models.batch import Batcher

torch = pytest.importorskip("torch", reason="the package torch is not installed")
PICTURES = np.random.default_rng(0).integers(0, 256, (7, 12, 10, 3), np.uint8)


@pytest.fixture
def net() -> Iterator["torch.nn.Module"]:
    threads = torch.get_num_threads()
    torch.manual_seed(0)
    body = torch.nn.Sequential(
        torch.nn.Conv2d(3, 16, 3), torch.nn.ReLU(), torch.nn.Flatten(), torch.nn.Linear(1280, 5)
    )

    class Net(torch.nn.Module):  # type: ignore[name-defined, misc]
        def __init__(self) -> None:
            super().__init__()
            self.body = body

        def forward(self, x: "torch.Tensor") -> "torch.Tensor":
            return self.body(x.float() / 255)

    yield Net()
    torch.set_num_threads(threads)


def by_hand(net: "torch.nn.Module", pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
    x = torch.from_numpy(np.ascontiguousarray(pictures.transpose(0, 3, 1, 2)))
    with torch.no_grad():
        return np.asarray(net(x).numpy(), np.float32)


def test_pictures_as_they_come_go_through_the_net(net: "torch.nn.Module") -> None:
    wanted = by_hand(net, PICTURES)
    found = device.runner(net, "cpu")(PICTURES)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-5)


def test_on_the_processor_an_answer_does_not_depend_on_who_else_asks(
    net: "torch.nn.Module",
) -> None:
    run = device.runner(net, "cpu")
    alone = [run(picture[None])[0] for picture in PICTURES]
    with Batcher(run, bound=len(PICTURES)) as batcher:
        asked = [batcher.submit(person, picture) for person, picture in enumerate(PICTURES)]
        for one, answer in zip(alone, asked, strict=True):
            np.testing.assert_array_equal(answer.result(10.0), one)


def test_torch_is_not_loaded_before_a_net_is_there() -> None:
    code = (
        "import sys; from attunement.pipelines.models import batch, device, speech_emotion; "
        "sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], timeout=60).returncode == 0


@pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no GPU here")
def test_a_gpu_answers_as_the_processor_does(net: "torch.nn.Module") -> None:
    wanted = by_hand(net, PICTURES)
    run = device.runner(net, "cuda", 8)
    for n in (7, 1, 3, 7):
        np.testing.assert_allclose(run(PICTURES[:n]), wanted[:n], rtol=0.05, atol=0.02)
    with pytest.raises(ValueError, match="at most 8"):
        run(np.concatenate((PICTURES, PICTURES)))
