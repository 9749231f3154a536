"""Numbers on the board as on every other page; the script's ``grouped`` writes the same."""

from django import template

from common.text import number

register = template.Library()


@register.filter
def grouped(value: int) -> str:
    """``12,345``."""
    return number(value)
