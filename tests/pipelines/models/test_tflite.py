import pytest

from attunement.pipelines.models.tflite import Net


def test_what_is_no_net_is_told() -> None:
    with pytest.raises(ValueError, match=r"."):
        Net(b"no net at all")
