"""Several processes that train one network together: torch's distributed data parallel.

Started by ``torchrun --nproc-per-node 2 -m msgui train ...``; without torchrun there is one process
and nothing of this is used. Each process takes its share of every batch, and gradients are averaged
(Li et al. 2020, doi:10.14778/3415478.3415530). The first process alone writes files and speaks.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import distributed
from torch.nn import Module
from torch.nn.parallel import DistributedDataParallel


@dataclass(frozen=True, slots=True)
class Team:
    """The processes that train together, seen from one of them.

    Parameters
    ----------
    place : int
        Number of this process, from 0.
    size : int
    device : str
        Where this process computes: "cpu", "cuda" or "cuda:1".
    """

    place: int = 0
    size: int = 1
    device: str = "cpu"

    @property
    def is_first(self) -> bool:
        """Say whether this process writes files and speaks."""
        return self.place == 0

    def wait(self) -> None:
        """Wait until all processes are here."""
        if self.size > 1:
            distributed.barrier()

    def agreed(self, value: float) -> float:
        """Return what the first process computed: no two may stop at different times."""
        if self.size == 1:
            return value
        shared = torch.tensor(value, dtype=torch.float64, device=self.device)
        distributed.broadcast(shared, 0)
        return float(shared)

    def shared(self, network: Module, *, all_used: bool) -> Module:
        """Return the network whose gradients are averaged over the processes.

        ``all_used`` says that each weight has a part in the loss; else each step looks which have.
        """
        if self.size == 1:
            return network
        devices = [torch.device(self.device)] if self.device != "cpu" else None
        return DistributedDataParallel(network, devices, find_unused_parameters=not all_used)


def team_now() -> Team:
    """Return the team of this process; alone where none was joined."""
    size = distributed.get_world_size() if distributed.is_initialized() else 1
    device = "cuda" if torch.cuda.is_available() else "cpu"
    if size == 1:
        return Team(device=device)
    if device == "cuda":
        device = f"cuda:{os.environ.get('LOCAL_RANK', '0')}"
    return Team(distributed.get_rank(), size, device)


@contextmanager
def joined() -> Iterator[Team]:
    """Join the processes that torchrun started, and leave them at the end."""
    if int(os.environ.get("WORLD_SIZE", "1")) > 1 and not distributed.is_initialized():
        on_gpu = torch.cuda.is_available()
        if on_gpu:
            torch.cuda.set_device(int(os.environ.get("LOCAL_RANK", "0")))
        distributed.init_process_group("nccl" if on_gpu else "gloo")
    try:
        yield team_now()
    finally:
        if distributed.is_initialized():
            distributed.destroy_process_group()
