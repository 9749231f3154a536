"""Allocation plans (docs/plans.md): who gets which part of a pool, who may draw where, when.

``spec``: what a plan says · ``shares``: numbers and percents to units · ``windows``: rules to
moments · ``outcome``: what each stock row becomes · ``services``: drafting and applying ·
``release``: unsold stock goes back.
"""
