"""PyTorch's values for PreferenceLossTests and GrpoLossTests: python3 preference_reference.py"""
import torch
import torch.nn.functional as F

chosen = torch.tensor([1.5, -0.3, 0.0, 2.0], dtype=torch.float64, requires_grad=True)
rejected = torch.tensor([0.2, 0.4, 0.0, -1.0], dtype=torch.float64, requires_grad=True)
weights = torch.tensor([1.0, 0.5, 1.0, 0.25], dtype=torch.float64)
loss = (-F.logsigmoid(0.3 * (chosen - rejected)) * weights).sum() / weights.sum()
loss.backward()
print("dpo", loss.item(), chosen.grad.tolist(), rejected.grad.tolist())

ratios = torch.tensor([1.5, -0.3, 0.8, -2.0], dtype=torch.float64, requires_grad=True)
good = torch.tensor([True, True, False, False])
weights = torch.tensor([1.0, 0.5, 1.2, 0.7], dtype=torch.float64)
z, beta = 0.4, 0.5
value = torch.where(good, torch.sigmoid(beta * (ratios - z)), torch.sigmoid(beta * (z - ratios)))
loss = (weights * (1 - value)).mean()
loss.backward()
print("kto", loss.item(), ratios.grad.tolist())

# Two replies of three and two tokens, as GRPO weighs them.
log_probs = torch.tensor([-1.0, -2.0, -0.5, -3.0, -1.2], dtype=torch.float64, requires_grad=True)
old = torch.tensor([-1.1, -1.5, -0.5, -3.6, -1.3], dtype=torch.float64)
reference = torch.tensor([-1.3, -1.9, -0.7, -2.5, -1.2], dtype=torch.float64)
advantages = torch.tensor([1.0, 1.0, 1.0, -1.0, -1.0], dtype=torch.float64)
ratio = (log_probs - old).exp()
gain = torch.min(ratio * advantages, ratio.clamp(0.8, 1.2) * advantages)
kl = (reference - log_probs).exp() - (reference - log_probs) - 1
token = -(gain - 0.04 * kl)
loss = (token[:3].mean() + token[3:].mean()) / 2
loss.backward()
print("grpo", loss.item(), log_probs.grad.tolist())

# The same as RLOO sees it: each reply one action.
log_probs.grad = None
ratio = torch.stack([(log_probs - old)[:3].sum(), (log_probs - old)[3:].sum()]).exp()
advantages = torch.tensor([0.7, -1.1], dtype=torch.float64)
loss = torch.max(-ratio * advantages, -ratio.clamp(0.8, 1.2) * advantages).mean()
loss.backward()
print("rloo", ratio.tolist(), loss.item(), log_probs.grad.tolist())
