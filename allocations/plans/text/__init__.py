"""A plan in plain language, for those who have to live with it (docs/plans.md).

``phrases``: numbers, moments and rules in words · ``given``: what a plan gives one channel ·
``terms``: that in sentences · ``document``: all pools of an event for one channel ·
``comparing``: what one version says otherwise than another.

A channel's document and comparison name no other channel, and none of its numbers: of what it
shares, only the name and size of the common stock.
"""
