"""All rules. Their order is that of the documentation."""

from __future__ import annotations

from dispatch_lens.rules import (
    channels_first_convolution,
    elementwise_left_by_padding,
    fusion_left_off,
    reshape_between_dispatches,
    second_use_keeps_apart,
    standalone_transpose,
    unfused_elementwise_consumer,
    unfused_padding,
)
from dispatch_lens.rules.rule import Rule

ALL: tuple[Rule, ...] = (
    standalone_transpose.RULE,
    unfused_elementwise_consumer.RULE,
    reshape_between_dispatches.RULE,
    channels_first_convolution.RULE,
    unfused_padding.RULE,
    elementwise_left_by_padding.RULE,
    second_use_keeps_apart.RULE,
    fusion_left_off.RULE,
)
"""One line a rule."""


def by_name(name: str) -> Rule | None:
    """The rule with that name."""
    return next((rule for rule in ALL if rule.name == name), None)
