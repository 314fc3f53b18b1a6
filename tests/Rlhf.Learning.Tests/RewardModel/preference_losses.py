"""Makes the values in PreferenceLossTests.cs with PyTorch: losses of human feedback and their slopes."""
import torch
import torch.nn.functional as F

torch.set_default_dtype(torch.float64)
torch.set_printoptions(precision=12)


def shown(name, loss, *leaves):
    loss.backward()
    print(name, f"{loss.item():.12f}", *[[f"{g:.12f}" for g in leaf.grad.flatten().tolist()] for leaf in leaves])


z = torch.tensor([0.7], requires_grad=True)
shown("thumb up", F.binary_cross_entropy_with_logits(z, torch.ones(1)), z)

z = torch.tensor([0.3], requires_grad=True)
thresholds = torch.tensor([-1.2, -0.4, 0.6, 1.9], requires_grad=True)
above = torch.tensor([1.0, 1.0, 0.0, 0.0])  # three stars
shown("rating 3", F.binary_cross_entropy_with_logits(z - thresholds, above), z, thresholds)

r = torch.tensor([0.8, 0.5], requires_grad=True)
shown("pair", -F.logsigmoid(r[0] - r[1] - 0.4) + 0.01 * (r[0] + r[1]) ** 2, r)

r = torch.tensor([0.2, 1.1, -0.6], requires_grad=True)
margin = torch.tensor([0.0, 0.25, 0.25])
loss = -F.log_softmax(r + margin, 0)[0] - F.log_softmax(r[1:] + margin[:2], 0)[0]
shown("ranking", loss + 0.01 * (2 * r.mean()) ** 2, r)
