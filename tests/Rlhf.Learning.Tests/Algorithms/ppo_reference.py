"""PyTorch's values for PpoLossTests: python3 ppo_reference.py"""
import torch

log_probs = torch.tensor([-1.0, -2.0, -0.5, -3.0, -1.2], dtype=torch.float64, requires_grad=True)
old = torch.tensor([-1.1, -1.5, -0.5, -3.6, -1.3], dtype=torch.float64)
advantages = torch.tensor([1.0, -0.5, 0.3, 2.0, -1.5], dtype=torch.float64)
ratio = (log_probs - old).exp()
loss = torch.max(-advantages * ratio, -advantages * ratio.clamp(0.8, 1.2)).mean()
loss.backward()
print("policy", loss.item(), log_probs.grad.tolist())

values = torch.tensor([0.1, 0.9, -0.4, 0.0, 1.0], dtype=torch.float64, requires_grad=True)
old_values = torch.tensor([0.0, 0.5, -0.4, 0.3, 0.9], dtype=torch.float64)
returns = torch.tensor([1.0, 0.2, 0.1, -0.5, 1.5], dtype=torch.float64)
near = old_values + (values - old_values).clamp(-0.2, 0.2)
value_loss = 0.5 * torch.max((values - returns) ** 2, (near - returns) ** 2).mean()
value_loss.backward()
print("value", value_loss.item(), values.grad.tolist())
