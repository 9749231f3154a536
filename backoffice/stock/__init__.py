"""Pools, stock, the ledger, and the brake."""
