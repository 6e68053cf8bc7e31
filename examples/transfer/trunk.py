"""Trains the trunk for two classes, the halves of a spiral, and writes trunk.safetensors. Needs torch and safetensors."""

from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import nn

torch.manual_seed(1)
angles = torch.linspace(0.5, 9.5, 600)
points = torch.stack([angles * angles.cos(), angles * angles.sin()], 1) / 6
labels = (angles > 0.5 + 4.5).long()


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.trunk = nn.Sequential(nn.Linear(2, 32), nn.Tanh(), nn.Linear(32, 16), nn.Tanh())
        self.head = nn.Linear(16, 2)

    def forward(self, x):
        return self.head(self.trunk(x))


net = Net()
optimizer = torch.optim.Adam(net.parameters(), lr=0.01)
for _ in range(1500):
    optimizer.zero_grad()
    loss = nn.functional.cross_entropy(net(points), labels)
    loss.backward()
    optimizer.step()
print(f"loss {loss.item():.4f}")
save_file(net.state_dict(), Path(__file__).with_name("trunk.safetensors"))
