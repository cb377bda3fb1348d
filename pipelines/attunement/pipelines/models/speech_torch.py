"""The speech-emotion model in torch: what a GPU does for many sessions in one call."""

import torch
from torch import Tensor, nn

from attunement.pipelines.models.speech_emotion import Weights


class Committees(nn.Module):
    """Rows (n, size + 1), as `Usual.compare` gives them, to (n, classes + 1): strangeness last."""

    slope: Tensor
    offset: Tensor
    sharpness: Tensor
    whitener: Tensor
    centre: Tensor
    furthest: Tensor

    def __init__(self, weights: Weights) -> None:
        super().__init__()
        for name in ("slope", "offset", "sharpness", "whitener", "centre", "furthest"):
            self.register_buffer(name, torch.from_numpy(getattr(weights, name)), persistent=False)

    def forward(self, compared: Tensor) -> Tensor:
        x = compared.float()
        which = (x[:, -1] > 0).long()  # the committee that answers
        rows = torch.arange(len(x), device=x.device)
        odds = torch.einsum("nf,kfc->knc", x, self.slope)[which, rows].float() + self.offset[which]
        likely = torch.softmax(odds * self.sharpness[which, None], dim=1)
        along = torch.einsum("nf,kfa->kna", x, self.whitener)[which, rows].float()
        distance = (self.centre[which] - along[:, None]).square().sum(dim=2).amin(dim=1)
        return torch.cat((likely, (distance / self.furthest[which])[:, None]), dim=1)
