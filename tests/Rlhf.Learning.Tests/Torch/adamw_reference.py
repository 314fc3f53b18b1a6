"""PyTorch's values for AdamWTests: python3 adamw_reference.py"""
import torch

parameter = torch.nn.Parameter(torch.tensor([0.5, -1.0, 2.0, 0.0, -3.0]))
adam = torch.optim.AdamW([parameter], lr=0.1, betas=(0.9, 0.95), weight_decay=0.05)
for gradient in [[0.1, -0.2, 0, 4, 1e-6], [0.3, 0.1, -1, 4, -2e-6], [-0.2, 0.5, 0.5, -1, 3e-6], [0, 0, 0, 0, 0]]:
    parameter.grad = torch.tensor(gradient, dtype=torch.float32)
    adam.step()
print(parameter.tolist())
