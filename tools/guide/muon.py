"""Muon: momentum whose update is made orthogonal, for the matrices inside the layers.

Learns the corpus in about half the steps that AdamW needs here (K. Jordan et al., 2024; step size scaled to AdamW's as
in "Muon is Scalable for LLM Training", 2025).
"""

import torch

# Coefficients of the quintic Newton-Schulz iteration: it lifts every singular value of a matrix of norm 1 to about 1.
NEWTON_SCHULZ = (3.4445, -4.7750, 2.0315)
ITERATIONS = 5


def orthogonal(matrix):
    """The nearest (semi-)orthogonal matrix, roughly: singular values end up between 0.7 and 1.2."""
    a, b, c = NEWTON_SCHULZ
    x = matrix / (matrix.norm() + 1e-7)
    wide = x.shape[0] <= x.shape[1]
    x = x if wide else x.T
    for _ in range(ITERATIONS):
        square = x @ x.T
        x = torch.addmm(x, torch.addmm(square, square, square, beta=b, alpha=c), x, beta=a)
    return x if wide else x.T


class Muon(torch.optim.Optimizer):
    """Each parameter group gives `blocks`: the row counts of the matrices that are fused in its parameters."""

    def __init__(self, groups, lr, momentum=0.95, weight_decay=0.1):
        super().__init__(groups, {'lr': lr, 'momentum': momentum, 'weight_decay': weight_decay})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for parameter in group['params']:
                state = self.state[parameter]
                if 'momentum' not in state:
                    state['momentum'] = torch.zeros_like(parameter)
                average = state['momentum'].lerp_(parameter.grad, 1 - group['momentum'])
                look_ahead = parameter.grad.lerp(average, group['momentum'])
                parameter.mul_(1 - group['lr'] * group['weight_decay'])
                for part, update in zip(parameter.split(group['blocks']), look_ahead.split(group['blocks'])):
                    part.sub_(orthogonal(update), alpha=group['lr'] * 0.2 * max(part.shape) ** 0.5)
