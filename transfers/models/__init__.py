"""Transfers, the policy that says which need an approval, and the rules that ask by themselves."""

from transfers.models.change import ChangeRequest
from transfers.models.policy import TransferPolicy
from transfers.models.rule import EventWatch, TransferRule
from transfers.models.signoff import WorkflowSignOff
from transfers.models.transfer import Transfer, TransferNotice, TransferStep
from transfers.models.window import FormerStart, UnapprovedTaking

__all__ = (
    "ChangeRequest",
    "EventWatch",
    "FormerStart",
    "Transfer",
    "TransferNotice",
    "TransferPolicy",
    "TransferRule",
    "TransferStep",
    "UnapprovedTaking",
    "WorkflowSignOff",
)
